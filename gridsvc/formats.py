"""The file formats that GDAL is left with. It looks at this when it is loaded, so the package imports this first."""

import os

# GDAL tells formats by what is in a file, whatever it is called, and some of its formats are nothing but the name of
# another file, of a service in the network or of a command. Files are sent by others, so all are left out but those of
# boundaries.
LEFT_OUT = (
    "ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSW", "Carto", "DGN", "EDIGEO", "EEDA", "Elasticsearch",
    "GDALG", "GPSBabel", "GTFS", "GeoRSS", "HTTP", "Idrisi", "JML", "LVBAG", "MBTiles", "MapML",
    "MiraMonVector", "NGW", "OAPIF", "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT", "OSM", "PCIDSK", "PDF", "PDS4",
    "PGDUMP", "PLSCENES", "PMTiles", "S57", "SXF", "Selafin", "VDV", "VFK", "VICAR", "WAsP", "WFS", "XLSX",
)  # fmt: skip
os.environ["GDAL_SKIP"] = ",".join(LEFT_OUT)
