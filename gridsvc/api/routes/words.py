"""What the values of the API are called, in Chinese and English: said once for every page."""

from typing import Any

from fastapi import APIRouter

from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.services.words import words

router = APIRouter(tags=["words"], responses=PROBLEMS)


@router.get("/v1/words")
def all_words() -> dict[str, Any]:
    """Give the titles of actions, statuses, phases and every other value that a case may have, by kind and value."""
    return words()
