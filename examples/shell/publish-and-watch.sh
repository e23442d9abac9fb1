#!/bin/sh
# One detection in, its CoT event out, with the `nats` command line client (https://github.com/nats-io/natscli).
#
#   npm start                                  in one terminal
#   sh examples/shell/publish-and-watch.sh     in another; NATS_URL says where, when not on this machine
#
# `nats req` and not `nats pub`: a stream answers a request with its acknowledgement, {"stream":"DETECTIONS","seq":1},
# and only what is acknowledged is safe.
set -eu

NATS_URL="${NATS_URL:-nats://127.0.0.1:4222}"
export NATS_URL
id="shell-$(date -u +%Y%m%dT%H%M%SZ)-$$"
events="$(mktemp)"

# Everything located. Hostile vehicles alone would be 'cot.a.h.G.E.V' and 'cot.a.h.G.E.V.>'.
nats sub --raw 'cot.>' >"$events" &
watcher=$!
trap 'kill "$watcher" 2>/dev/null || true; rm -f "$events"' EXIT
sleep 1 # a subscription gets only what comes after it

nats req --raw detections.shell "$(
  cat <<JSON
{
  "id": "$id",
  "time": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "class": "fire",
  "confidence": 0.8,
  "position": { "lat": 37.4126, "lon": -119.8714, "accuracy": { "horizontalM": 30, "basis": "ce90" } }
}
JSON
)"

# Without a track the uid of the event ends in the id of the detection.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if grep "sightline.shell.d.$id" "$events"; then exit 0; fi
  sleep 1
done
echo "no event for $id within 10 s: is Sightline running? Look with: nats sub 'deadletters.>'" >&2
exit 1
