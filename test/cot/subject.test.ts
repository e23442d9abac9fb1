/** Types become subjects that nobody can inject wildcards into. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cotSubject, subjectsFor } from '../../src/cot/subject.ts'
import { hostileText } from './samples.ts'

describe('a type has a subject', () => {
  it('with one token for each part of the type', () => {
    expect(cotSubject('a-h-G-E-V')).toBe('cot.a.h.G.E.V')
    expect(cotSubject('u-rb-a')).toBe('cot.u.rb.a')
  })

  it('without the remark behind a semicolon', () => {
    expect(cotSubject('a-u-G;some remark.>')).toBe('cot.a.u.G')
  })

  it('that may be published on, whatever the type holds', () => {
    fc.assert(
      fc.property(hostileText, (type) => {
        expect(cotSubject(type)).toMatch(/^cot(\.[A-Za-z0-9_]+)+$/)
      }),
    )
    expect(cotSubject('a->-*-. -')).toBe('cot.a._._.__._')
  })
})

/** NATS's own rule: `*` is one token, a last `>` one or more. */
function matches(pattern: string, subject: string): boolean {
  const want = pattern.split('.')
  const have = subject.split('.')
  for (const [index, token] of want.entries()) {
    if (token === '>') return have.length > index
    if (have[index] === undefined || (token !== '*' && token !== have[index])) return false
  }
  return have.length === want.length
}

describe('a pattern of types has subjects', () => {
  it('for the type itself and for all under it', () => {
    expect(subjectsFor('a-*-A')).toEqual(['cot.a.*.A', 'cot.a.*.A.>'])
    expect(subjectsFor('a-.-G')).toEqual(['cot.a.*.G', 'cot.a.*.G.>'])
    expect(subjectsFor('a-h->')).toEqual(['cot.a.h.>'])
  })

  it.each(['', '*', '>', ' '])('for everything: %j', (pattern) => {
    expect(subjectsFor(pattern)).toEqual(['cot.>'])
  })

  it('that match every type under it and no other', () => {
    const part = fc.constantFrom('a', 'u', 'h', 'G', 'A', 'E')
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        (type, stem) => {
          const under = stem.every((token, index) => type[index] === token)
          const subject = cotSubject(type.join('-'))
          expect(subjectsFor(stem.join('-')).some((pattern) => matches(pattern, subject))).toBe(under)
        },
      ),
    )
  })
})
