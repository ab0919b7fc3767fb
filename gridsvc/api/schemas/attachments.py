"""What is known of an attachment."""

from pydantic import BaseModel, Field


class AttachmentOut(BaseModel):
    """An attachment as it is kept; its id is the SHA-256 of its bytes."""

    id: str = Field(description="SHA-256 of what is kept, in hexadecimal", examples=["9f86d081…"])
    media_type: str = Field(description="found by content: a picture, application/pdf or video/mp4")
    size: int = Field(description="bytes")
    captured_at: str | None = Field(
        None, description="when the camera says that the picture was taken; with an offset only where it gave one"
    )
    width: int | None = Field(None, description="pixels, of pictures")
    height: int | None = Field(None, description="pixels, of pictures")


class AttachmentsOut(BaseModel):
    """The attachments of a case, in the order in which they came."""

    items: list[AttachmentOut]
