"""Publishes what an Ultralytics model saw in one image as one frame, acknowledged by the broker.

    python3 examples/python/ultralytics_frame.py --source gate-cam --camera tower-3 --size 1920x1080 result.json
    ... | python3 examples/python/ultralytics_frame.py --source drone-1 --camera camera.json --size 1920x1080 -

The result is the list of `Results.summary()` (or the text of `Results.to_json()`), boxes in pixels of the original image;
for `normalize=True` add --normalized. --camera is the id of a registered camera, or a JSON file with `pose` and
`intrinsics` (and, beside them, `surface`) as docs/contract.md has them. Oriented boxes become the box around their corners;
results without a box (classification) say nothing about where and are left out. Ids are made of the time, so give every
camera a source of its own, and a --time to send the same result again. Needs Python 3.8; run it in this repository (npx).
"""
import argparse, datetime, json, subprocess, sys

def corners(box):
    xs = [value for key, value in box.items() if key.startswith("x")]
    ys = [value for key, value in box.items() if key.startswith("y")]
    return {"x1": min(xs), "y1": min(ys), "x2": max(xs), "y2": max(ys)}

def detection(seen, number, frame_id, units):
    found = {"id": f"{frame_id}-{number}", "class": seen["name"], "confidence": seen["confidence"],
             "bbox": {**corners(seen["box"]), "units": units}}
    return {**found, "trackId": str(seen["track_id"])} if "track_id" in seen else found

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("result", help="file with the result as JSON, or - for standard input")
parser.add_argument("--source", required=True, help="who sends: A-Z a-z 0-9 _ - (the subject is detections.<source>)")
parser.add_argument("--camera", required=True, help="id of a registered camera, or a .json file that describes one")
parser.add_argument("--size", required=True, help="width and height of the image, as 1920x1080")
parser.add_argument("--time", help="when the image was taken, RFC 3339 with a zone (default: now)")
parser.add_argument("--session", help="changes when the tracker starts counting at 1 again")
parser.add_argument("--normalized", action="store_true", help="boxes are fractions of the image")
parser.add_argument("--dry-run", action="store_true", help="print the frame instead of publishing it")
options = parser.parse_args()

with sys.stdin if options.result == "-" else open(options.result, encoding="utf-8") as file:
    result = json.load(file)
time = options.time or datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
width, height = (int(side) for side in options.size.split("x"))
camera = json.load(open(options.camera, encoding="utf-8")) if options.camera.endswith(".json") else {"id": options.camera}
surface = {"surface": camera.pop("surface")} if "surface" in camera else {}
boxes = [seen for seen in result if "box" in seen]
units = "normalized" if options.normalized else "px"
frame = {"schema": 1, "source": options.source, "time": time, "camera": camera, **surface,
         **({"session": options.session} if options.session else {}), "image": {"width": width, "height": height},
         "detections": [detection(seen, number, time, units) for number, seen in enumerate(boxes)]}
line = json.dumps(frame, allow_nan=False) + "\n"
if options.dry_run:
    print(line, end="")
else:  # publish leaves with 0 only when the broker has acknowledged the frame
    sys.exit(subprocess.run(["npx", "sightline", "publish", "-"], input=line.encode()).returncode)
