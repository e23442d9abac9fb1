/** All settings in one schema: the type, the checker, the environment names and the docs follow from it. */
import type { Static } from 'typebox'
import { cotSubjects, log, nats } from './schema/broker.ts'
import { cot } from './schema/event.ts'
import { choice, section, text } from './schema/leaf.ts'
import { batch, clock, drain, intake, stages, supervision } from './schema/pipeline.ts'
import { cameras, geolocate } from './schema/place.ts'
import { telemetry } from './schema/sensors.ts'
import { sinks } from './schema/sink.ts'
import { store } from './schema/store.ts'
import { terrain } from './schema/terrain.ts'

export const PROFILES = ['default', 'high-traffic', 'low-latency', 'edge', 'development'] as const
export type Profile = (typeof PROFILES)[number]

export const SettingsSchema = section('Settings of Sightline.', {
  profile: choice(PROFILES, 'default', 'Set of defaults to start from.'),
  dataDir: text('Directory for the journal, the embedded broker and runtime.json.', { default: '.sightline' }),
  http: text('Address of the HTTP server. Only loopback in this release: it has no authentication yet.', {
    default: '127.0.0.1:8640',
    expected: 'host:port',
  }),
  nats,
  intake,
  batch,
  stages,
  clock,
  geolocate,
  cot,
  cameras,
  telemetry,
  terrain,
  store,
  sinks,
  cotSubjects,
  log,
  drain,
  supervision,
})

/** The same all the way down. */
export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

export type Settings = DeepReadonly<Static<typeof SettingsSchema>>
export type SinkSettings = Settings['sinks'][number]

export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? readonly DeepPartial<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> }
    : T
