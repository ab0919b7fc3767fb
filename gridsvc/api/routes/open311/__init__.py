"""Open311 GeoReport v2 beside our own addresses: the same cases, under the same rights."""

from fastapi import APIRouter

from gridsvc.api.routes.open311 import requests, services

router = APIRouter()
router.include_router(services.router)
router.include_router(requests.router)
