"""
What people send besides text: photos, documents, stickers, voice messages.

The files are made up; what matters to a bot is their kind and their caption.
"""

import base64

from sandbox.telegram.census import ImpossibleError
from sandbox.telegram.detection import find_entities
from sandbox.telegram.messages import File, Media, Message
from sandbox.telegram.texts import MAX_CAPTION
from sandbox.telegram.writing import Writing

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_KINDS = {  # kind: file name, MIME type, whether it can have a caption
    "photo": ("photo.png", "image/png", True),
    "document": ("document.txt", "text/plain", True),
    "sticker": ("sticker.webp", "image/webp", False),
    "voice": ("voice.ogg", "audio/ogg", True),
}


class Enclosing(Writing):
    """Sends files in the name of people."""

    def send_file(
        self,
        person_id: int,
        chat_id: int,
        kind: str,
        *,
        caption: str = "",
        forwarded: bool = False,
    ) -> Message:
        """
        Somebody sends a file of a kind: photo, document, sticker or voice.

        Raises:
            ImpossibleError: as for a text; a caption that this kind cannot have, or too long.
        """
        name, mime_type, has_caption = _KINDS[kind]
        if len(caption) > (MAX_CAPTION if has_caption else 0):
            raise ImpossibleError(f"a {kind} has no such caption")
        person, chat = self.person(person_id), self.chat(chat_id, person_id)
        self._check_may_write(person, chat, caption or kind)
        message = self.state.new_message(chat, person)
        message.text, message.entities = caption, find_entities(caption)
        message.media = Media(kind, self._new_file(kind, name, mime_type))
        return self._post(message, person, forwarded=forwarded)

    def _new_file(self, kind: str, name: str, mime_type: str) -> File:
        number = self.state.next_number()
        file = File(
            id=f"BQACAgIAAx{kind}{number}",
            unique_id=f"AgAD{kind}{number}",
            name=name,
            mime_type=mime_type,
            content=_PIXEL,
            path=f"{kind}s/{number}_{name}",
            width=1,
            height=1,
        )
        self.state.files[file.id] = file
        return file
