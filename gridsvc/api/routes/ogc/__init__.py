"""OGC API Features beside our own addresses: the same areas, components and cases, under the same rights."""

from fastapi import APIRouter

from gridsvc.api.routes.ogc import collections, items, landing, tilesets

router = APIRouter()
for _one in (landing, collections, items, tilesets):
    router.include_router(_one.router)
