/**
 * The key-value bucket `cameras`, watched live: each key is the id of a camera, each value its JSON.
 *
 * Invariants: a put or delete takes effect as soon as the broker tells of it; a value that is no camera changes nothing,
 * so the last good one stays; after a lost connection, or a bucket that was removed and made again, what is handed over
 * adds up to what the bucket then holds. The library's watch outlives a broken connection but not a removed bucket, and
 * says nothing then; so the bucket is asked now and then how far it has come.
 */
import { JetStreamApiError } from '@nats-io/jetstream'
import { type KV, type KvEntry, Kvm } from '@nats-io/kv'
import { isRefused } from '../domain/expectation.ts'
import { type RegisteredCamera, readRegisteredCamera } from '../domain/registration.ts'
import { isSource } from '../domain/schema.ts'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import type { Log } from '../port/log.ts'
import type { BrokerConnection } from './connection.ts'

export const CAMERAS_BUCKET = 'cameras'

export interface CamerasBucketOptions {
  readonly onPut: (id: string, camera: RegisteredCamera) => void
  readonly onDelete: (id: string) => void
  /** Told of a value that is no camera; it is logged as well. */
  readonly onRefused?: (id: string, because: Fault) => void
  /** Copies in a cluster, for a bucket that has to be made; 1. */
  readonly replicas?: number
  /** Pause between two looks whether the watch has kept up with the bucket; 10,000 ms. */
  readonly lookEveryMs?: number
  readonly log: Log
  readonly clock: Clock
}

export interface CamerasBucket {
  /** Stops watching. */
  stop(): Promise<void>
}

/** A camera is a few hundred bytes; with the coefficients of a lens some more. */
const MAX_VALUE_BYTES = 64 * 1024
const MAX_BYTES = 16 * 1024 * 1024
/** Versions of each camera kept, to look back at. */
const HISTORY = 8

/**
 * Makes the bucket where there is none, hands over what it holds, and watches it from then on.
 * @throws FaultError `broker-config` when the bucket can be neither opened nor made
 */
export async function watchCameras(link: BrokerConnection, options: CamerasBucketOptions): Promise<CamerasBucket> {
  const watcher = new BucketWatcher(link, options)
  try {
    await watcher.open()
  } catch (thrown) {
    await watcher.stop()
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new FaultError(
      fault('broker-config', `The bucket ${CAMERAS_BUCKET} can be neither opened nor made: ${why}`, { cause: thrown }),
    )
  }
  return watcher
}

class BucketWatcher implements CamerasBucket {
  readonly #link: BrokerConnection
  readonly #options: CamerasBucketOptions
  /** Revision last seen of each key, deleted ones and refused ones included. */
  readonly #revisions = new Map<string, number>()
  /** Keys handed over and not taken back. */
  readonly #handed = new Set<string>()
  #stopWatch: () => void = () => {}
  #cancelLook: () => void = () => {}
  #stopped = false
  /** When the bucket was made, for a name alone does not tell one from the next; empty while nothing is watched. */
  #made = ''
  /** Last revision that was seen, and the one that the look before this one found. */
  #seen = 0
  #behind = 0

  constructor(link: BrokerConnection, options: CamerasBucketOptions) {
    this.#link = link
    this.#options = options
  }

  async open(): Promise<void> {
    const bucket = await new Kvm(this.#link.nc).create(CAMERAS_BUCKET, {
      description: 'Cameras registered with Sightline, by id',
      history: HISTORY,
      maxValueSize: MAX_VALUE_BYTES,
      max_bytes: MAX_BYTES,
      replicas: this.#options.replicas ?? 1,
    })
    const { made, last } = await progressOf(bucket)
    await this.#startOver(bucket)
    // What is put from here on comes twice at worst, and revisions tell.
    const entries = await bucket.watch()
    this.#made = made
    this.#seen = last
    this.#behind = last
    this.#stopWatch = () => entries.stop()
    if (this.#stopped) entries.stop()
    else this.#lookLater(bucket)
    void this.#follow(entries)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelLook()
    this.#stopWatch()
  }

  /** Brings what was handed over in line with what the bucket holds. */
  async #startOver(bucket: KV): Promise<void> {
    const held = new Set<string>()
    for await (const key of await bucket.keys()) held.add(key)
    // A bucket that was made again counts its revisions from 1.
    this.#revisions.clear()
    for (const id of [...this.#handed]) if (!held.has(id)) this.#takeBack(id)
    for (const key of held) {
      const entry = await bucket.get(key)
      if (entry !== null) this.#heard(entry)
    }
  }

  async #follow(entries: AsyncIterable<KvEntry>): Promise<void> {
    try {
      for await (const entry of entries) {
        this.#seen = Math.max(this.#seen, entry.revision)
        this.#heard(entry)
      }
    } catch (thrown) {
      // The next look finds it behind, and begins it again.
      this.#options.log.warn({ err: thrown }, `watching the bucket ${CAMERAS_BUCKET} failed`)
    }
  }

  #lookLater(bucket: KV): void {
    if (this.#stopped || this.#link.nc.isClosed()) return
    const { clock, log, lookEveryMs = 10_000 } = this.#options
    this.#cancelLook = clock.after(lookEveryMs, () => {
      this.#keepsUp(bucket)
        .then(async (keepsUp) => {
          if (keepsUp || this.#stopped) return this.#lookLater(bucket)
          log.warn({ bucket: CAMERAS_BUCKET }, 'the watch on registered cameras fell behind; it is begun again')
          this.#stopWatch()
          this.#made = ''
          await this.open()
        })
        // The broker is away or busy: there is a next look.
        .catch(() => this.#lookLater(bucket))
    })
  }

  /** False when the bucket is another one, or when what it had at the look before this has not come yet. */
  async #keepsUp(bucket: KV): Promise<boolean> {
    const { made, last } = await progressOf(bucket).catch((thrown: unknown) => {
      if (thrown instanceof JetStreamApiError) return { made: '', last: 0 }
      throw thrown
    })
    const keepsUp = made === this.#made && this.#seen >= this.#behind
    this.#behind = last
    return keepsUp
  }

  #heard(entry: KvEntry): void {
    const { key: id, revision, operation } = entry
    if (this.#stopped || revision <= (this.#revisions.get(id) ?? 0)) return
    this.#revisions.set(id, revision)
    if (operation !== 'PUT') {
      this.#takeBack(id)
      return
    }
    const camera = readCamera(id, entry.value)
    if (isRefused(camera)) {
      this.#refuse(id, camera)
      return
    }
    this.#handed.add(id)
    this.#options.log.info({ camera: id, revision }, 'camera registered')
    this.#options.onPut(id, camera)
  }

  #takeBack(id: string): void {
    if (!this.#handed.delete(id)) return
    this.#options.log.info({ camera: id }, 'camera removed')
    this.#options.onDelete(id)
  }

  #refuse(id: string, because: Fault): void {
    const { code, reason, field } = because
    const stays = this.#handed.has(id) ? 'the last good one stays' : 'it is not registered'
    this.#options.log.warn({ camera: id, code, reason, field }, `the camera ${id} cannot be used; ${stays}`)
    this.#options.onRefused?.(id, because)
  }
}

/** When the bucket was made, and the last revision in it. */
async function progressOf(bucket: KV): Promise<{ readonly made: string; readonly last: number }> {
  const { created, state } = (await bucket.status()).streamInfo
  return { made: created, last: state.last_seq }
}

function readCamera(id: string, value: Uint8Array): RegisteredCamera | Fault {
  if (!isSource(id)) return fault('bad-field', 'the id of a camera is 1 to 64 of A-Z a-z 0-9 _ -', { field: 'id' })
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value))
  } catch {
    return fault('bad-json', 'the value is not JSON in UTF-8')
  }
  return readRegisteredCamera(parsed)
}
