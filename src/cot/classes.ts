/**
 * The built-in class table: what detectors call things, and the CoT type and lifetime of each.
 *
 * Invariants: every type is an atom of unknown affiliation (a detector sees shapes, not sides); every name stands in
 * one row; names are lower case, and a name of several words also matches with `_` or `-` between them. A name is
 * matched whole, so "fire hydrant" is street furniture and "tank top" is nothing. Covered in full: COCO's 80 classes
 * and VisDrone's 12; besides them the common names of aerial, surveillance, fire and drone detectors.
 *
 * Types are taken from MITRE's published list. Where that has no row (animals, objects) `a-u-G` says "something on the
 * ground", which is all that is known. Fire and smoke are its incidents (`a-.-X-i-f`, `a-.-X-i-f-s`); ATAK draws
 * these as an unknown marker, and programs can subscribe to `cot.a.u.X.i.f.>`.
 */

export interface ClassRow {
  readonly name: string
  readonly type: string
  /** How long the map may show it without news, seconds. */
  readonly lifetimeS: number
  readonly aliases: readonly string[]
}

/** Nothing goes stale sooner than this, seconds. */
export const SHORTEST_LIFETIME_S = 120

/** The type of a class that no row and no setting knows. */
export const UNKNOWN_TYPE = 'a-u-G'

const row = (name: string, type: string, lifetimeS: number, ...aliases: string[]): ClassRow => ({
  name,
  type,
  lifetimeS,
  aliases,
})

const MOVING = 120
const VESSEL = 300
const LINGERING = 600
const FIXED = 3600

export const CLASS_ROWS: readonly ClassRow[] = [
  // People
  row('person', 'a-u-G', MOVING, 'people', 'pedestrian', 'human', 'man', 'woman', 'child', 'face', 'head', 'hiker'),
  row('crowd', 'a-u-G', MOVING, 'group of people'),
  row('firefighter', 'a-u-G', MOVING, 'fireman'),
  row('soldier', 'a-u-G-U-C-I', MOVING, 'infantry', 'troops'),

  // On wheels, tracks and rails
  row('vehicle', 'a-u-G-E-V', MOVING, 'ground vehicle', 'small vehicle', 'large vehicle'),
  row('car', 'a-u-G-E-V-C', MOVING, 'automobile', 'sedan', 'suv', 'taxi', 'passenger car', 'civilian vehicle'),
  row('van', 'a-u-G-E-V-C', MOVING, 'minivan'),
  row('truck', 'a-u-G-E-V-U', MOVING, 'lorry', 'pickup', 'pickup truck', 'cargo truck', 'utility vehicle'),
  row('semi', 'a-u-G-E-V-U-S', MOVING, 'semi truck', 'semi trailer', 'tractor trailer', 'articulated truck'),
  row('fire truck', 'a-u-G-E-V-U', MOVING, 'firetruck', 'fire engine'),
  row('ambulance', 'a-u-G-E-V-m', MOVING),
  row('police car', 'a-u-G-E-V-C', MOVING),
  row('bus', 'a-u-G-E-V-U-B', MOVING, 'coach', 'minibus'),
  row('motorcycle', 'a-u-G-E-V-C', MOVING, 'motorbike', 'motor', 'scooter', 'moped', 'two wheeler', 'twowheeler'),
  row('bicycle', 'a-u-G-E-V-C', MOVING, 'bike', 'cyclist'),
  row('tricycle', 'a-u-G-E-V-C', MOVING, 'awning tricycle', 'rickshaw'),
  row('train', 'a-u-G-E-V-T', MOVING, 'locomotive', 'tram', 'railway vehicle'),
  row('construction vehicle', 'a-u-G-E-V-E-C', LINGERING, 'excavator', 'crane truck', 'engineering vehicle'),
  row('bulldozer', 'a-u-G-E-V-E-D', LINGERING, 'dozer'),
  row('tractor', 'a-u-G-E-V-C', LINGERING),
  row('trailer', 'a-u-G-E-V', LINGERING),
  row('tank', 'a-u-G-E-V-A-T', MOVING, 'main battle tank', 'mbt'),
  row('armored vehicle', 'a-u-G-E-V-A', MOVING, 'armoured vehicle', 'military vehicle'),
  row('apc', 'a-u-G-E-V-A-A', MOVING, 'armored personnel carrier', 'armoured personnel carrier'),
  row('artillery', 'a-u-G-E-W', LINGERING, 'howitzer'),

  // On and under the water
  row('ship', 'a-u-S', VESSEL, 'vessel', 'warship'),
  row('boat', 'a-u-S-X', VESSEL, 'watercraft', 'motorboat', 'rowboat', 'rubber boat', 'dinghy', 'raft', 'kayak'),
  row('cargo ship', 'a-u-S-X-M-C', VESSEL, 'container ship', 'freighter', 'bulk carrier'),
  row('tanker ship', 'a-u-S-X-M-O', VESSEL, 'oil tanker'),
  row('fishing boat', 'a-u-S-X-F', VESSEL, 'fishing vessel', 'trawler'),
  row('ferry', 'a-u-S-X-M-F', VESSEL),
  row('sailboat', 'a-u-S-X-R', VESSEL, 'sailing boat', 'yacht', 'jetski', 'jet ski'),
  row('submarine', 'a-u-U', VESSEL),

  // In the air
  row('aircraft', 'a-u-A', MOVING, 'air vehicle'),
  row('airplane', 'a-u-A-C-F', MOVING, 'aeroplane', 'plane', 'fixed wing', 'fixed wing aircraft', 'glider'),
  row('helicopter', 'a-u-A-C-H', MOVING, 'rotary wing'),
  row(
    'drone',
    'a-u-A-M-H-Q',
    MOVING,
    'uav',
    'uas',
    'suas',
    'quadcopter',
    'quadrotor',
    'multirotor',
    'multicopter',
    'hexacopter',
    'octocopter',
  ),
  row('fixed wing drone', 'a-u-A-M-F-Q', MOVING, 'fixed wing uav', 'drone fixed wing'),
  row('balloon', 'a-u-A-C-L', LINGERING, 'airship', 'blimp', 'hot air balloon'),
  row('missile', 'a-u-A-W-M', MOVING, 'rocket'),

  // Fire
  row('fire', 'a-u-X-i-f', LINGERING, 'flame', 'flames', 'campfire', 'thermal anomaly'),
  row('wildfire', 'a-u-X-i-f-w', LINGERING, 'wild fire', 'forest fire', 'bushfire', 'bush fire', 'grass fire'),
  row('hotspot', 'a-u-X-i-f-h', LINGERING, 'hot spot', 'fire hotspot', 'fire hot spot'),
  row('smoke', 'a-u-X-i-f-s', LINGERING, 'smoke plume', 'wildfire smoke'),

  // Built things
  row('building', 'a-u-G-I', FIXED, 'house', 'structure', 'barn', 'hangar', 'shed', 'tower', 'tent', 'fire station'),
  row('bridge', 'a-u-G-I-c-b', FIXED),
  row('storage tank', 'a-u-G-I', FIXED, 'water tank', 'silo'),
  row('sensor', 'a-u-G-E-S', FIXED, 'camera', 'radar', 'antenna'),
  row(
    'street furniture',
    'a-u-G',
    FIXED,
    'fire hydrant',
    'stop sign',
    'traffic light',
    'traffic sign',
    'road sign',
    'roadsign',
    'parking meter',
    'bench',
  ),

  // Animals
  row(
    'animal',
    'a-u-G',
    VESSEL,
    'bear',
    'bird',
    'cat',
    'cattle',
    'cow',
    'deer',
    'dog',
    'elephant',
    'fox',
    'giraffe',
    'goat',
    'horse',
    'livestock',
    'pig',
    'sheep',
    'wildlife',
    'wolf',
    'zebra',
  ),

  // The rest of COCO and VisDrone, and what home surveillance reports
  row(
    'object',
    'a-u-G',
    LINGERING,
    'apple',
    'backpack',
    'banana',
    'baseball bat',
    'baseball glove',
    'bed',
    'book',
    'bottle',
    'bowl',
    'broccoli',
    'cake',
    'carrot',
    'cell phone',
    'chair',
    'clock',
    'couch',
    'cup',
    'dining table',
    'donut',
    'fire extinguisher',
    'fireplace',
    'fork',
    'frisbee',
    'hair drier',
    'hair dryer',
    'handbag',
    'hot dog',
    'ignored regions',
    'keyboard',
    'kite',
    'knife',
    'laptop',
    'license plate',
    'microwave',
    'mouse',
    'orange',
    'others',
    'oven',
    'package',
    'pizza',
    'potted plant',
    'refrigerator',
    'remote',
    'sandwich',
    'scissors',
    'sink',
    'skateboard',
    'skis',
    'smoke detector',
    'snowboard',
    'spoon',
    'sports ball',
    'suitcase',
    'surfboard',
    'teddy bear',
    'tennis racket',
    'tie',
    'toaster',
    'toilet',
    'toothbrush',
    'tv',
    'umbrella',
    'vase',
    'wine glass',
  ),
]

/** Every spelling under which a row is found: the name and its aliases, with space, `_` or `-` between words. */
export function spellings(of: ClassRow): string[] {
  return [of.name, ...of.aliases].flatMap((name) =>
    name.includes(' ') ? [name, name.replaceAll(' ', '_'), name.replaceAll(' ', '-')] : [name],
  )
}
