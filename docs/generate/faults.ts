/** Makes docs/faults.md from the fault table. */
import { FAULTS, type FaultClass, STAGES } from '../../src/fault/table.ts'
import { code, table, writePage } from './markdown/table.ts'

export const FAULTS_PAGE = new URL('../faults.md', import.meta.url)

const CLASSES: Readonly<Record<FaultClass, string>> = {
  retry: 'Transient. It is tried again, with growing pauses; nothing is lost and nothing is dead-lettered.',
  dead: 'For good. What it happened to goes to dead letters with the code, a reason and the original bytes.',
  drop: 'Answered and counted; there is nothing to keep.',
  restart:
    'Something of ours is broken. An actor, or the process, starts again; nothing was acknowledged, so nothing is lost.',
}

export function faultsPage(): string {
  const rows = Object.entries(FAULTS).map(([name, { tag, class: cls, http, meaning, remedy }]) => [
    code(name),
    code(tag),
    cls,
    String(http),
    meaning,
    remedy,
  ])
  return `# Faults

Everything that can go wrong has one code, which never changes its meaning. The code is what you see in dead letters
(\`Sightline-Code\`), in the metric \`sightline_faults_total{stage,code}\`, in log lines, in problem details over HTTP and in \`--json\`
output. This page is made from \`src/fault/table.ts\` by \`npm run docs\`; a test fails when the two differ.

The class says what happens next:

${table(
  ['class', 'what happens'],
  Object.entries(CLASSES).map(([name, text]) => [name, text]),
)}

Dead letters go to \`deadletters.<stage>\`; the stages are ${STAGES.map((stage) => code(stage)).join(', ')}.

## The table

${rows.length} faults. "Tag" is the name in code (\`_tag\`), "HTTP" the status when the fault answers a request.

${table(['code', 'tag', 'class', 'HTTP', 'what it means', 'what to do'], rows)}
`
}

if (import.meta.main) writePage(FAULTS_PAGE, faultsPage())
