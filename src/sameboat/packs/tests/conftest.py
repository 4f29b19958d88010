"""A small whole pack on disk, to be broken one way at a time."""

import json

import pytest

PACK = """id = "two-towns"
version = "1"
title = { zh-Hans = "两镇", en = "Two towns" }
zone = "Asia/Shanghai"
valid_from = "2000-01-01"
sources = ["made for tests"]

[zones]
"observations/*.csv" = "Asia/Shanghai"

[[licences]]
id = "CC0-1.0"
attribution = "nobody"
files = ["*.csv", "reaches.geojson", "observations/*.csv"]

[[licences]]
id = "ODbL-1.0"
attribution = "© OpenStreetMap contributors"
files = ["odbl/*"]
"""
PLACES = """code,name_zh,name_en,level,parent,population,share_60,share_65,share_80,ground,lon,lat
220000,吉林省,Jilin Province,province,,,,,,inherited,,
cn:220200,吉林市,Jilin,prefecture,220000,1000,0.25,0.17,0.03,point,126.6,43.9
220700,松原市,Songyuan,prefecture,220000,500,,,,boundary,124.8,45.1
"""
BOUNDARY = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "cn:220700"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[124, 45], [125, 45], [125, 46], [124, 46], [124, 45]]],
            },
        }
    ],
}
FILES = {
    "pack.toml": PACK,
    "places.csv": PLACES,
    "odbl/boundaries.geojson": json.dumps(BOUNDARY),
    "substances.csv": (
        "substance,name_zh,name_en,cas,limit,limit_unit,decay_per_day_20c,decay_theta,source\n"
        "nitrobenzene,硝基苯,nitrobenzene,98-95-3,17,ug/L,,,GB 3838\n"
    ),
    "nodes.csv": "node,lon,lat\nA,126.6,43.9\nB,125.5,44.5\nC,124.8,45.1\n",
    "reaches.csv": (
        "reach,name_zh,name_en,from_node,to_node,length_km,share,drainage_area_km2,"
        "mean_discharge_m3s,slope,width_m,schematic,source\n"
        "R1,上,upper,A,B,100,,,,,,1,\n"
        "R2,下,lower,B,C,50,,71800,468,,,1,\n"
    ),
    "reaches.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"reach": "R1"},
                    "geometry": {
                        "type": "LineString",
                        "coordinates": [[126.6, 43.9], [125.5, 44.5]],
                    },
                }
            ],
        }
    ),
    "stretches.csv": "reach,place,start,end\nR1,220200,0,0.4\n",
    "sites.csv": (
        "site,name_zh,name_en,kind,place,lon,lat,reach,fraction,source\n"
        "S1,化工厂,Plant,plant,220200,126.6,43.9,R1,0,\n"
        "S2,取水口,Intake,intake,220700,124.8,45.1,R2,1,\n"
    ),
    "events.csv": (
        "time,actor,kind,what,places,source\n2005-11-13 13:00,plant,release,leak,220200,x\n"
    ),
    "scenarios/leak.toml": """title = { zh-Hans = "泄漏", en = "Leak" }
hazard = "river_pollutant"
moves = "travels"
origin = "cn:220200"
started_at = "2005-11-13T13:00+08:00"
[substance]
key = "nitrobenzene"
threshold = [{ value = 0.017, unit = "mg/L" }]
[release]
site = "S1"
mass = { low = 10.0, likely = 50.0, high = 100.0, unit = "t" }
duration = { value = 12.0, unit = "h" }
""",
    "observations/2005.csv": (
        "site,time,quantity,value,unit,kind,error,known_at\n"
        "S2,2005-11-20T00:00+08:00,nitrobenzene,<0.002,mg/L,not_detected,,\n"
        "S2,2005-11-19 00:00,nitrobenzene,580,ug/L,peak,20,2005-11-19 06:00\n"
    ),
}


class PackOnDisk:
    """A pack's folder that tests may break."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def replace(self, name, old, new):
        text = (self.folder / name).read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new))

    def append(self, name, line):
        self.write(name, (self.folder / name).read_text("utf-8") + line)


@pytest.fixture
def pack(tmp_path):
    return PackOnDisk(tmp_path)
