/** The label under a marker: short, for a person, from a template. */
import type { Detection } from '../domain/detection.ts'
import { FaultError, fault } from '../fault/fault.ts'
import { cleanLine } from './charset.ts'

/**
 * What a template may name, in braces:
 * `class`; `label` (the track id, else the end of the detection id); `track`; `id`; `source`; `session`;
 * `confidence` (as `41 %`, empty when unknown).
 */
export const CALLSIGN_FIELDS = ['class', 'label', 'track', 'id', 'source', 'session', 'confidence'] as const
type CallsignField = (typeof CALLSIGN_FIELDS)[number]

/** `person 17`, or `person 3f9a02` without a track. */
export const DEFAULT_CALLSIGN = '{class} {label}'

/** Put before every callsign of simulated events. */
export const SIMULATED_PREFIX = 'SIM '

/** Stands where a template left nothing: clients drop or hide a marker without a label. */
const NAMELESS = 'detection'

const CALLSIGN_LIMIT = 64
const CLASS_LIMIT = 32
/** An id up to this length is shown whole; of a longer one the last {@link LABEL_TAIL} characters tell it from others. */
const LABEL_LIMIT = 10
const LABEL_TAIL = 6

export type Callsign = (detection: Detection) => string

/** Compiles a template; throws a FaultError `bad-settings` when it names a field there is not. */
export function callsignFrom(template: string = DEFAULT_CALLSIGN, simulated = false): Callsign {
  const prefix = simulated ? SIMULATED_PREFIX : ''
  const parts = partsOf(template)
  return (detection) => {
    let text = prefix
    for (const part of parts) text += typeof part === 'string' ? part : fieldText(part.field, detection)
    const callsign = cleanLine(text, CALLSIGN_LIMIT).trim()
    return callsign.length > prefix.trim().length ? callsign : `${prefix}${NAMELESS}`
  }
}

function partsOf(template: string): (string | { readonly field: CallsignField })[] {
  const pieces = template.split(/\{([^{}]*)\}/)
  return pieces
    .map((piece, index) => {
      if (index % 2 === 0) return piece
      const field = CALLSIGN_FIELDS.find((name) => name === piece)
      if (field !== undefined) return { field }
      const reason = `The callsign template names {${piece}}; it may name ${CALLSIGN_FIELDS.join(', ')}.`
      throw new FaultError(fault('bad-settings', reason, { field: 'callsign' }))
    })
    .filter((part) => part !== '')
}

function fieldText(field: CallsignField, detection: Detection): string {
  switch (field) {
    case 'class':
      return cleanLine(detection.class, CLASS_LIMIT)
    case 'label':
      return shortened(detection.trackId ?? detection.id)
    case 'track':
      return detection.trackId ?? ''
    case 'id':
      return detection.id
    case 'source':
      return detection.source
    case 'session':
      return detection.session ?? ''
    case 'confidence':
      return percent(detection.confidence) ?? ''
  }
}

function shortened(id: string): string {
  const clean = cleanLine(id, id.length).trim()
  return clean.length <= LABEL_LIMIT ? clean : cleanLine(clean.slice(-LABEL_TAIL), LABEL_TAIL)
}

/** A confidence of 0 to 1 as `41 %`; undefined when it is unknown. */
export function percent(confidence: number | undefined): string | undefined {
  return confidence === undefined ? undefined : `${Math.round(confidence * 100)} %`
}
