"""
Files: how a bot brings them, and how it fetches them again.
"""

import hashlib

from sandbox.telegram.calls import Arguments, Upload, parameters_of
from sandbox.telegram.context import Context, Method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.messages import File
from sandbox.telegram.objects import file_json
from sandbox.telegram.state import State

MAX_DOWNLOAD = 20 * 1024 * 1024  # bytes
MAX_PHOTO = 10 * 1024 * 1024  # bytes
MAX_SIDES = 10_000  # pixels of a photo's width and height together
MAX_RATIO = 20  # of a photo's longer side to its shorter one


def given_file(state: State, arguments: Arguments, field: str, value: str) -> File:
    """
    The file that a call brings: uploaded, attached under a name, or known by its id.

    Raises:
        ApiError: 400, there is none, or it is too large.
    """
    name = value.removeprefix("attach://") if value.startswith("attach://") else field
    upload = arguments.file(name)
    if upload is not None:
        return keep_file(state, upload, field)
    if not value:
        raise bad_request(f"there is no {field} in the request")
    known = state.files.get(value)
    if known is None:
        if value.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        raise bad_request("wrong file identifier/HTTP URL specified")
    return known


def keep_file(state: State, upload: Upload, kind: str) -> File:
    """
    Keep an uploaded file, so that its id can be sent and it can be fetched.

    Raises:
        ApiError: 400, it is empty, or no picture that can be a photo.
    """
    if not upload.content:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        _check_photo(upload.content)
    digest = hashlib.sha256(upload.content).hexdigest()[:16]
    number = state.next_number()
    width, height = _png_size(upload.content)
    folder = "photos" if kind == "photo" else "documents"
    file = File(
        id=f"AgACAgIAAx{digest}{number}",
        unique_id=f"AQAD{digest}",
        name=upload.name,
        mime_type=upload.mime_type,
        content=upload.content,
        path=f"{folder}/file_{number}{_suffix(upload.name, kind)}",
        width=width,
        height=height,
    )
    state.files[file.id] = file
    return file


def _check_photo(content: bytes) -> None:
    """Whether bytes are a photo of a size that is taken; of a PNG's own size only."""
    if len(content) > MAX_PHOTO:
        raise bad_request("file is too big")
    if not _is_image(content):
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = _png_size(content)
    if not (width or height):
        return
    shorter, longer = sorted((width, height))
    if shorter == 0 or width + height > MAX_SIDES or longer > MAX_RATIO * shorter:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _is_image(content: bytes) -> bool:
    return content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8"))


def _png_size(content: bytes) -> tuple[int, int]:
    if not content.startswith(b"\x89PNG"):
        return 0, 0
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _suffix(name: str, kind: str) -> str:
    _, dot, ending = name.rpartition(".")
    return f".{ending}" if dot and ending.isalnum() else (".jpg" if kind == "photo" else "")


async def get_file(call: Context) -> object:
    file = call.state.files.get(call.arguments.text("file_id"))
    if not call.arguments.text("file_id"):
        raise bad_request("file_id not specified")
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {**file_json(file), "file_path": file.path}


METHODS = (Method("getFile", parameters_of("file_id!"), get_file),)
