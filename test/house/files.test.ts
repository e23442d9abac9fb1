/** Files are short, named by what they hold, introduced by a sentence, and carry nothing left behind. */
import { describe, expect, it } from 'vitest'
import { badlyNamed, leftBehind, MOST_LINES, tooLong, unintroduced } from './file-rules.ts'
import { sourceFiles } from './source-tree.ts'

const product = sourceFiles(['src', 'actors', 'streams', 'bin'], ['.ts', '.js'])
const everything = [...product, ...sourceFiles(['bench', 'test', 'examples', 'docs'], ['.ts', '.js', '.mjs'])]

describe('the repository', () => {
  it('keeps product files at or under the size of one role', () => {
    expect(product.length).toBeGreaterThan(20)
    expect(product.flatMap(tooLong)).toEqual([])
  })

  it('names files and folders by what they hold', () => {
    expect(everything.flatMap(badlyNamed)).toEqual([])
  })

  it('opens every file with a sentence of purpose', () => {
    expect(everything.flatMap(unintroduced)).toEqual([])
  })

  it('silences no check, leaves out no test, and leaves no work behind', () => {
    expect(everything.flatMap(leftBehind)).toEqual([])
  })
})

describe('a breach is caught', () => {
  const of = (text: string, file = 'src/geo/ray.ts') => ({ file, text })

  it('in a file that grew too long, and not one line earlier', () => {
    expect(tooLong(of('x\n'.repeat(MOST_LINES + 1)))).toHaveLength(1)
    expect(tooLong(of('x\n'.repeat(MOST_LINES)))).toEqual([])
  })

  it.each([
    'src/utils/ray.ts',
    'src/geo/helpers.ts',
    'src/common/ray.ts',
    'actors/sink-manager.ts',
    'test/geo/geo-util.test.ts',
    'src/geo/Utils.ts',
  ])('in the name %s', (file) => {
    expect(badlyNamed(of('', file))).toHaveLength(1)
  })

  it.each(['src/geo/utility-pole.ts', 'src/domain/commons.ts', 'src/nats/management.ts'])(
    'and not in the name %s',
    (file) => {
      expect(badlyNamed(of('', file))).toEqual([])
    },
  )

  it('in a file without its sentence', () => {
    expect(unintroduced(of("import fs from 'node:fs'\n/** Late. */"))).toHaveLength(1)
    expect(unintroduced(of('/** */\nexport {}'))).toHaveLength(1)
    expect(unintroduced(of('// A line comment.\nexport {}'))).toHaveLength(1)
    expect(unintroduced(of('#!/usr/bin/env node\n/**\n * Says it.\n */\n'))).toEqual([])
  })

  it.each([
    `// ${'@ts'}-ignore`,
    `// ${'@ts'}-expect-error because`,
    `it${'.only'}('x', () => {})`,
    `describe${'.skip'}('x', () => {})`,
    `test.concurrent${'.only'}('x', () => {})`,
    `// ${'TO'}${'DO'}: later`,
    `  ${'debug'}${'ger'}`,
  ])('in %s', (line) => {
    expect(leftBehind(of(line))).toHaveLength(1)
  })

  it('and not in a test that is left out aloud for want of something outside', () => {
    expect(leftBehind(of("describe.skipIf(!present)('x', () => {})\nrxjs.skip(1)"))).toEqual([])
  })
})
