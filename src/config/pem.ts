/** Certificates, keys and credentials, which a setting holds as text or as the path of a file. */
import { readFileSync } from 'node:fs'
import { FaultError, fault } from '../fault/fault.ts'

/** Is it the PEM (or the credentials) itself, rather than the path of a file? */
export function isInline(text: string): boolean {
  return text.includes('-----BEGIN')
}

/**
 * The text itself, read from the file where the setting names one.
 * @throws FaultError `bad-settings` naming the setting when the file cannot be read
 */
export function readPem(setting: string, value: string): string {
  if (isInline(value)) return value
  try {
    return readFileSync(value, 'utf8')
  } catch (cause) {
    throw new FaultError(
      fault('bad-settings', `The file that ${setting} names cannot be read.`, { field: setting, cause }),
    )
  }
}
