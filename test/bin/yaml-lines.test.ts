/** Settings written as YAML are read back as they were. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { yamlLines } from '../../bin/yaml-lines.ts'

describe('YAML lines', () => {
  it('read back as the same value, whatever words are in it', () => {
    const key = fc.oneof(fc.constantFrom('no', 'on', 'null', '1', '~', 'a: b', '- x', '#'), fc.string())
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('yes', 'null', '12', '1e3', '2024-01-01', '', ' x ', 'a\nb', ': #'),
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).any
    fc.assert(
      fc.property(value, (given) => {
        expect(parse(yamlLines(given).join('\n'))).toEqual(given)
      }),
    )
  })

  it('are laid out for people', () => {
    expect(yamlLines({ nats: { port: 4222 }, sinks: [{ name: 'tak', tls: {} }, { name: 'b' }] })).toEqual([
      'nats:',
      '  port: 4222',
      'sinks:',
      '  - name: "tak"',
      '    tls: {}',
      '  - name: "b"',
    ])
  })
})
