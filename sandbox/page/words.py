"""
The page's words in two languages: English, which the templates are written in, and Chinese.
"""

from collections.abc import Callable, Mapping

LANGUAGES = ("en", "zh")

_CHINESE: Mapping[str, str] = {
    "Sandbox": "沙盒",
    "Skip to the conversation": "跳到对话",
    "Views": "视图",
    "Panel": "面板",
    "New": "新",
    "Who you are": "你的身份",
    "You are": "你现在是",
    "Everything here is made up and runs on this machine. Choose who you are, write to the bot, "
    "press its buttons; in the panel change what an operator could change.": (
        "这里的一切都是虚构的，只在本机运行。选择身份，给机器人发消息，按它的按钮；"
        "在面板里可以改动站长能改的东西。"
    ),
    "The sandbox does not answer.": "沙盒没有响应。",
    # the daemon
    "Daemon": "守护进程",
    "No answer": "没有响应",
    "database": "数据库",
    "settings": "设置",
    "telegram": "Telegram",
    "discord": "Discord",
    "slack": "Slack",
    "ready": "就绪",
    "degraded": "降级",
    "unavailable": "不可用",
    "away": "未运行",
    "unknown": "未知",
    "up": "正常",
    "down": "断开",
    "live": "实时",
    "stale": "过期",
    "disabled": "停用",
    "starting": "启动中",
    "running": "运行中",
    "standby": "待命",
    "failing": "故障",
    # people
    "not bound": "未绑定",
    "account": "账号",
    "banned": "已封禁",
    "admin": "管理员",
    # conversations
    "Where you write": "在哪里发言",
    "Private chat": "私聊",
    "Group": "群组",
    "members": "位成员",
    "Block": "拉黑",
    "Leave": "退群",
    "Messages": "消息",
    "You": "你",
    "without a sound": "静音消息",
    "edited": "已编辑",
    "Copied": "已复制",
    "Nothing is written yet. Press Start, as everybody does first.": "还没有消息。先按“开始”。",
    "Nothing is written yet.": "还没有消息。",
    "Commands": "命令",
    "Unblock the bot": "解除拉黑",
    "Join the group": "加入群组",
    "Start": "开始",
    "Message": "消息",
    "Send": "发送",
    "Direct messages with": "私信：",
    "Only you can see this": "仅你可见",
    "Message as": "发言身份：",
    # panel corner
    "Live settings": "实时设置",
    "Rows of the panel's table config. The running daemon follows within two seconds.": (
        "面板 config 表中的行。守护进程两秒内生效。"
    ),
    "Telegram": "Telegram",
    "Check-in": "签到",
    "Notices": "通知",
    "Telegram bot": "Telegram 机器人",
    "Quiet in groups": "群内静默",
    "Help for unknown commands": "未知命令回复帮助",
    "Only bound people in the group": "群内仅限已绑定用户",
    "Unbinding removes from the group": "解绑后移出群组",
    "Greet who joins": "欢迎新成员",
    "Allowed in other groups": "允许加入其他群组",
    "Daily check-in": "每日签到",
    "To the Telegram group": "发到 Telegram 群组",
    "To the Discord channel": "发到 Discord 频道",
    "To the Slack channel": "发到 Slack 频道",
    "Node offline": "节点离线",
    "Node back online": "节点恢复",
    "New announcement": "新公告",
    "Least, MB": "最少 MB",
    "Most, MB": "最多 MB",
    "Save": "保存",
    "Any other setting": "其他设置",
    "Item": "配置项",
    "Value": "值",
    "Telegram misbehaves": "让 Telegram 出故障",
    "For ten seconds, for every call that the bot makes.": "持续十秒，影响机器人的每次调用。",
    "Hang": "挂起",
    "Answer 500": "返回 500",
    "in force": "进行中",
    "Announcement": "公告",
    "HTML, as the panel stores it": "HTML，与面板中存储的一致",
    "Publish": "发布",
    "Nodes": "节点",
    "online": "在线",
    "silent": "静默",
    "offline": "离线",
    "new": "从未上线",
    "hidden": "隐藏",
    "Revive": "恢复",
    "Silence": "静默",
    "Accounts": "账号",
    "Bind to": "绑定到",
    "Bind": "绑定",
    "Unbind": "解绑",
    "Ban": "封禁",
    "Lift the ban": "解封",
    "Language of": "语言：",
    # answers to forms
    "Write something first.": "请先写点内容。",
    "Published.": "已发布。",
    "Bound.": "已绑定。",
    "This person is bound to another account already.": "此人已绑定到另一个账号。",
    # the panel's site
    "The panel's site": "面板网站",
    "In place of the real page at": "此处代替真实页面",
    "Bound. Go back to the chat and write to the bot.": "已绑定。回到聊天，给机器人发消息吧。",
    "Bind a Telegram person to an account": "把 Telegram 用户绑定到账号",
    "Person": "用户",
    "Account": "账号",
    "Back to the chat": "回到聊天",
}


def translator(language: str) -> Callable[[str], str]:
    """What turns the templates' English into `language`; a text it lacks stays English."""
    table: Mapping[str, str] = _CHINESE if language == "zh" else {}
    return lambda text: table.get(text, text)
