"""
The features of the chat, a file each: its commands, presses and pages of the menu.

A feature decides by place and account and asks the services; it holds no words and no SQL.
"""
