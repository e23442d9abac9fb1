/** Asks a person before something that cannot be undone; asks nobody where there is no terminal. */
import { createInterface } from 'node:readline'

/** True when the answer is yes, and where nobody can be asked. Ctrl-C and Ctrl-D are no. */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await new Promise((resolve) => {
      terminal.question(`${question} [y/N] `, (given) => resolve(/^y(es)?$/i.test(given.trim())))
      terminal.once('close', () => {
        process.stderr.write('\n')
        resolve(false)
      })
    })
  } finally {
    terminal.removeAllListeners('close')
    terminal.close()
  }
}
