/** Fills the tables of docs/contract.md. */
import { readFileSync } from 'node:fs'
import { UID_LIMIT } from '../../src/cot/charset.ts'
import { CLASS_ROWS, SHORTEST_LIFETIME_S } from '../../src/cot/classes.ts'
import { cotSubject } from '../../src/cot/subject.ts'
import { MAX_ATTRIBUTES_BYTES } from '../../src/domain/attributes.ts'
import { MAX_MESSAGE_BYTES } from '../../src/domain/message.ts'
import { MAX_DEPTH } from '../../src/domain/nesting.ts'
import { MAX_DETECTIONS } from '../../src/domain/schema.ts'
import { FAULTS, STAGES, type Stage } from '../../src/fault/table.ts'
import { LETTERS_LIMIT } from '../../streams/requests.ts'
import { flagTable, floorTable, sigmaTable } from './geolocation-tables.ts'
import { filled } from './markdown/regions.ts'
import { code, table, writePage } from './markdown/table.ts'
import { fieldTable, frameTable, heightTable } from './message-fields.ts'

export const CONTRACT_PAGE = new URL('../contract.md', import.meta.url)
const SIGHTLINE_ELEMENT = new URL('../../src/cot/sightline.ts', import.meta.url)

const STAGE_WORK: Readonly<Record<Stage, readonly [does: string, dies: string]>> = {
  intake: ['draws from the broker, counts deliveries', 'a message delivered too often: `redelivery-limit`'],
  validate: [
    'reads bytes, checks every field',
    'what is no detection: `bad-json`, `bad-field`, `source-mismatch`, `clock-ahead`, …',
  ],
  geolocate: ['finds the place and its error', 'what has no defensible place: `above-horizon`, `grazing`, …'],
  cot: ['makes the CoT event', 'what no event can be made of: `bad-field`'],
  journal: ['writes events, ids and dead letters to disk', 'the same source and id with other content: `id-conflict`'],
  push: ['brings events to one sink', 'what that sink will never take: `sink-rejected`, `push-exhausted`'],
}

function stages(): string {
  const rows = STAGES.map((stage) => [code(stage), ...STAGE_WORK[stage], code(`deadletters.${stage}`)])
  return table(['stage', 'does', 'what dies there', 'copies on'], rows)
}

const amount = (value: number): string => value.toLocaleString('en')

function limits(): string {
  const rows: (readonly [what: string, limit: string, beyond: string])[] = [
    ['one message', `${amount(MAX_MESSAGE_BYTES)} bytes`, '`too-large`, the whole message'],
    ['detections in an array or a frame', amount(MAX_DETECTIONS), '`too-many`, the whole message'],
    [
      'nesting of objects and arrays',
      `${MAX_DEPTH} levels`,
      '`too-deep`, the element that nests; the whole message where nothing else is in it',
    ],
    ['`attributes` with all unknown fields, as compact JSON', `${amount(MAX_ATTRIBUTES_BYTES)} bytes`, '`bad-field`'],
    ['`id`, `class`, `trackId`, `session`, `camera.id`', '256 characters', '`bad-field`'],
    ['`source`', '64 characters', '`bad-source`'],
    ['uid of a CoT event', `${UID_LIMIT} characters`, 'cut, and ended with a hash of the whole'],
    ['dead letters in one answer, replay or purge', amount(LETTERS_LIMIT), '`bad-field`'],
  ]
  return table(['what', 'limit', 'beyond it'], rows)
}

const lifetime = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`)

function classes(): string {
  const rows = CLASS_ROWS.map(({ name, type, lifetimeS, aliases }) => [
    name,
    code(type),
    code(cotSubject(type)),
    lifetime(Math.max(lifetimeS, SHORTEST_LIFETIME_S)),
    aliases.join(', '),
  ])
  return table(['class', 'CoT type', 'subject', 'stale after', 'also matches'], rows)
}

/** The table in the comment of the file that writes the element. */
function sightlineElement(): string {
  const comment = readFileSync(SIGHTLINE_ELEMENT, 'utf8')
  return [...comment.matchAll(/^ \* (\|.*\|)$/gm)].map(([, line]) => line).join('\n')
}

function deadCodes(): string {
  const rows = Object.entries(FAULTS).filter(([, row]) => row.class === 'dead')
  return rows.map(([name]) => code(name)).join(', ')
}

export function contractPage(): string {
  return filled(readFileSync(CONTRACT_PAGE, 'utf8'), {
    fields: fieldTable(),
    height: heightTable(),
    frame: frameTable(),
    limits: limits(),
    classes: classes(),
    sightline: sightlineElement(),
    stages: stages(),
    'dead-codes': `${deadCodes()}.`,
    sigmas: sigmaTable(),
    floors: floorTable(),
    flags: flagTable(),
  })
}

if (import.meta.main) writePage(CONTRACT_PAGE, contractPage())
