/**
 * The closed table of everything that can go wrong, each with one stable code.
 *
 * `docs/faults.md` repeats it for people; a test compares the two.
 * Classes: `retry` is transient and is tried again; `dead` goes to dead letters with its reason;
 * `drop` is settled and counted without a dead letter; `restart` breaks the actor or the process, and nothing is acknowledged.
 */

export type FaultClass = 'retry' | 'dead' | 'drop' | 'restart'

export interface FaultRow {
  /** Name of the fault in code (`_tag`). */
  readonly tag: string
  readonly class: FaultClass
  /** HTTP status when the fault is the answer to a request. */
  readonly http: number
  /** What it means, for the page and for `deadletters show`. */
  readonly meaning: string
  /** What a person can do about it. */
  readonly remedy: string
}

const row = (tag: string, cls: FaultClass, http: number, meaning: string, remedy: string): FaultRow => ({
  tag,
  class: cls,
  http,
  meaning,
  remedy,
})

export const FAULTS = {
  // Message and element shape (stage validate)
  'bad-json': row(
    'BadJson',
    'dead',
    400,
    'The message is not JSON.',
    'Send one JSON detection, an array of them, or a frame.',
  ),
  'bad-utf8': row('BadUtf8', 'dead', 400, 'The message is not valid UTF-8.', 'Encode the message as UTF-8.'),
  'too-deep': row(
    'TooDeep',
    'dead',
    400,
    'The JSON nests deeper than 64 levels.',
    'Flatten what is put into attributes.',
  ),
  'too-large': row('TooLarge', 'dead', 413, 'The message is larger than 1 MiB.', 'Split the batch.'),
  'too-many': row('TooMany', 'dead', 413, 'The message holds more than 1,000 detections.', 'Split the batch.'),
  'bad-field': row(
    'BadField',
    'dead',
    400,
    'A field is missing, of the wrong type, or out of its range.',
    'Correct the named field.',
  ),
  'bad-time': row(
    'BadTime',
    'dead',
    400,
    'The time cannot be read or carries no zone.',
    'Send RFC 3339 with Z or an offset.',
  ),
  'bad-version': row(
    'BadVersion',
    'dead',
    400,
    'The schema version is not one this release reads.',
    'Send schema 1, or upgrade.',
  ),
  'bad-source': row(
    'BadSource',
    'dead',
    400,
    'The source token of the subject is not allowed.',
    'Use 1 to 64 of A-Z a-z 0-9 _ - as the source.',
  ),
  'source-mismatch': row(
    'SourceMismatch',
    'dead',
    403,
    'The source in the message differs from the one in the subject.',
    'Publish under your own source.',
  ),
  'ambiguous-place': row(
    'AmbiguousPlace',
    'dead',
    400,
    'The detection says where in no way, or in more than one.',
    'Give exactly one of pixel, bbox, position, bearing.',
  ),
  'looks-normalized': row(
    'LooksNormalized',
    'dead',
    400,
    'All pixel values are at most 1 and no units were named.',
    'Add "units": "normalized", or send pixels.',
  ),
  'clock-ahead': row(
    'ClockAhead',
    'dead',
    400,
    'The observation time lies further in the future than allowed.',
    "Set the producer's clock, or raise clock.maxAheadMs.",
  ),
  'id-conflict': row(
    'IdConflict',
    'dead',
    409,
    'This source and id came before with other content.',
    'Give every observation an id of its own.',
  ),

  // Geolocation refusals (stage geolocate)
  'camera-unknown': row(
    'CameraUnknown',
    'dead',
    404,
    'The camera id is not registered.',
    'Register the camera, then replay.',
  ),
  'image-size-unknown': row(
    'ImageSizeUnknown',
    'dead',
    400,
    'A view through a registered camera needs the size of the frame that the detector saw.',
    'Add "image": {"width", "height"}.',
  ),
  'pixel-outside-image': row(
    'PixelOutsideImage',
    'dead',
    422,
    'The pixel lies outside the image.',
    'Check the image size and the units.',
  ),
  'distortion-fold': row(
    'DistortionFold',
    'dead',
    422,
    'The lens model cannot be inverted at this pixel.',
    'Check the distortion coefficients and their order.',
  ),
  'above-horizon': row(
    'AboveHorizon',
    'dead',
    422,
    'The ray does not come down to the surface.',
    'Expected for things in the sky; use a bearing.',
  ),
  grazing: row(
    'Grazing',
    'dead',
    422,
    'The ray meets the surface at too shallow an angle for a defensible position.',
    'Look down more steeply, or use a bearing.',
  ),
  'camera-below-surface': row(
    'CameraBelowSurface',
    'dead',
    422,
    'The sensor is at or under the surface it should look down on.',
    'Check the datum of both heights.',
  ),
  'datum-suspect': row(
    'DatumSuspect',
    'dead',
    422,
    'The sensor is at or under the ground of the terrain, which is what a height in the wrong datum looks like.',
    'Check the datum of the height and of the terrain, or send the height above ground (agl).',
  ),
  'terrain-void': row(
    'TerrainVoid',
    'dead',
    422,
    'The ray comes to ground that the terrain data does not know: a void, a missing tile, or its edge.',
    'Install the tile, or declare surface.height.',
  ),
  'surface-unknown': row(
    'SurfaceUnknown',
    'dead',
    422,
    'There is no surface to cast the ray onto.',
    'Add surface.height, or install terrain.',
  ),
  'datum-unsupported': row(
    'DatumUnsupported',
    'dead',
    422,
    'The height cannot be brought to the ellipsoid from this datum here.',
    'Send hae or msl, or what the datum needs.',
  ),
  'beyond-range': row(
    'BeyondRange',
    'dead',
    422,
    'The place found is further away than the sensor can be trusted.',
    'Raise geolocate.maxRangeM if that is right.',
  ),
  'error-unbounded': row(
    'ErrorUnbounded',
    'dead',
    422,
    'No finite error can be stated for the position.',
    'Check the stated sigmas.',
  ),
  'stale-pose': row(
    'StalePose',
    'dead',
    422,
    'No telemetry of the sensor that carries the camera is near enough to the time of the detection.',
    'Check that telemetry arrives, and that both clocks agree.',
  ),
  'declination-unknown': row(
    'DeclinationUnknown',
    'dead',
    422,
    'The heading is magnetic, and no declination is known for its place and time.',
    'Send declinationDeg with it, or a heading from true north.',
  ),

  // Crossing bearings (stage geolocate): the detection goes on as a line of bearing
  'bearings-parallel': row(
    'BearingsParallel',
    'drop',
    422,
    'The bearings on a target cross at too small an angle to make a place.',
    'Observe from places further apart.',
  ),
  'bearings-diverge': row(
    'BearingsDiverge',
    'drop',
    422,
    'The bearings on a target meet behind a sensor, or nowhere.',
    'Check the headings, and that all of them mean the same target.',
  ),
  'bearings-disagree': row(
    'BearingsDisagree',
    'drop',
    422,
    'The bearings on a target contradict each other by more than their errors allow.',
    'Check the stated sigmas, and that all of them mean the same target.',
  ),

  // Pipeline
  'redelivery-limit': row(
    'RedeliveryLimit',
    'dead',
    500,
    'The broker delivered the message too often without it being settled.',
    'Look at the bytes; replay alone.',
  ),
  'stage-deadline': row(
    'StageDeadline',
    'retry',
    503,
    'A stage did not answer in its time.',
    'See the slow-operation log.',
  ),
  'stage-overloaded': row(
    'StageOverloaded',
    'retry',
    503,
    'A stage had no room for another batch.',
    'It is tried again.',
  ),
  'actor-crashed': row(
    'ActorCrashed',
    'restart',
    500,
    'An actor failed by a bug or a broken resource and was restarted.',
    'Report the logged cause.',
  ),
  'shutting-down': row(
    'ShuttingDown',
    'retry',
    503,
    'The process is stopping.',
    'It is tried again after the restart.',
  ),

  // Store
  'store-locked': row(
    'StoreLocked',
    'restart',
    500,
    'Another process holds the data directory.',
    'Stop it, or use another data directory.',
  ),
  'store-schema': row(
    'StoreSchema',
    'restart',
    500,
    'The store was written by a newer release.',
    'Use that release or a newer one.',
  ),
  'store-damaged': row(
    'StoreDamaged',
    'restart',
    500,
    'The store failed a checksum or cannot be opened.',
    'Run sightline store verify, then store salvage.',
  ),
  'store-commit': row(
    'StoreCommit',
    'restart',
    500,
    'A transaction failed or was not flushed in time.',
    'Check disk space and the disk; nothing was acknowledged.',
  ),
  'store-full': row(
    'StoreFull',
    'retry',
    503,
    'The store is at its limit; intake waits.',
    'Bring the blocking sink back, or raise store.maxBytes.',
  ),
  'disk-low': row(
    'DiskLow',
    'retry',
    503,
    'Free disk space is below the floor; intake waits.',
    'Free space, or lower store.minFreeBytes.',
  ),

  // Broker
  'broker-unreachable': row(
    'BrokerUnreachable',
    'retry',
    503,
    'The broker cannot be reached.',
    'Start it, or check nats.url.',
  ),
  'broker-closed': row(
    'BrokerClosed',
    'restart',
    503,
    'The connection to the broker is closed for good.',
    'Check credentials and permissions.',
  ),
  'broker-config': row(
    'BrokerConfig',
    'restart',
    500,
    'A stream or consumer is not configured as needed.',
    'Compare with docs/operations.md; delete and let it be made again.',
  ),
  'consumer-gone': row(
    'ConsumerGone',
    'retry',
    503,
    'The consumer on the input stream was removed.',
    'It is made again; unsettled messages are delivered again and recognised.',
  ),
  'broker-residue': row(
    'BrokerResidue',
    'retry',
    503,
    'After a crash the broker keeps messages that were acknowledged and would never hand them out again.',
    'The consumer is made anew and they are recognised as duplicates; nothing to do.',
  ),
  'broker-missing': row(
    'BrokerMissing',
    'restart',
    500,
    'No nats-server program was found.',
    'Install nats-server, or set SIGHTLINE_NATS_URL.',
  ),
  'port-taken': row(
    'PortTaken',
    'restart',
    500,
    'The port for the embedded broker or the HTTP server is taken.',
    'Stop what holds it, choose another, or use the running broker.',
  ),
  'publish-refused': row(
    'PublishRefused',
    'retry',
    503,
    'The broker did not store what was published.',
    'Check the limits of the stream.',
  ),
  'no-answer': row(
    'NoAnswer',
    'retry',
    504,
    'Nobody answered a request over the broker in time.',
    'Check that the service is running and uses the same broker.',
  ),

  // Sinks
  'sink-unreachable': row(
    'SinkUnreachable',
    'retry',
    503,
    'The sink cannot be reached.',
    'Check host, port and network.',
  ),
  'sink-timeout': row('SinkTimeout', 'retry', 504, 'The sink did not answer in time.', 'It is tried again.'),
  'sink-busy': row(
    'SinkBusy',
    'retry',
    503,
    'The sink asked for patience (429 or 503).',
    'It is tried again when it said.',
  ),
  'sink-failing': row('SinkFailing', 'retry', 502, 'The sink answered with a server error.', 'It is tried again.'),
  'sink-lost': row(
    'SinkLost',
    'retry',
    503,
    'The connection to the sink was lost.',
    'It is made again; what was in doubt is sent again.',
  ),
  'sink-auth': row(
    'SinkAuth',
    'retry',
    502,
    'The sink refused our identity.',
    'Check certificate, key and authority; tried again slowly.',
  ),
  'sink-rejected': row(
    'SinkRejected',
    'dead',
    502,
    'The sink rejected this event.',
    'Read the reason; correct and replay.',
  ),
  'push-exhausted': row(
    'PushExhausted',
    'dead',
    502,
    'This event failed again and again while others passed.',
    'Read the reason; correct and replay.',
  ),

  // HTTP requests
  'method-not-allowed': row(
    'MethodNotAllowed',
    'drop',
    405,
    'This address does not take this method.',
    'Use one that the Allow header names.',
  ),
  'bad-request': row('BadRequest', 'drop', 400, 'The request is not valid HTTP.', 'Correct the request.'),
  'request-timeout': row(
    'RequestTimeout',
    'drop',
    408,
    'The request did not arrive completely in its time.',
    'Send it faster, or in smaller parts.',
  ),
  'headers-too-large': row(
    'HeadersTooLarge',
    'drop',
    431,
    'The headers of the request are larger than 16 KiB.',
    'Send fewer or shorter headers.',
  ),

  // Settings and use
  'bad-settings': row(
    'BadSettings',
    'restart',
    500,
    'A setting is unknown, of the wrong type, or out of range.',
    'Correct the listed settings.',
  ),
  'not-found': row('NotFound', 'drop', 404, 'There is no such thing.', 'Check the number or the name.'),
  internal: row('Internal', 'restart', 500, 'Something happened that should not.', 'Report it with the log.'),
} as const satisfies Record<string, FaultRow>

/** The stable, kebab-case code of a fault. */
export type FaultCode = keyof typeof FAULTS

/** The stages a detection passes; also the token of `deadletters.<stage>`. */
export const STAGES = ['intake', 'validate', 'geolocate', 'cot', 'journal', 'push'] as const
export type Stage = (typeof STAGES)[number]
