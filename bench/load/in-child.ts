/** Runs a piece of measuring in a fresh process, so that nothing else in this one has part in it, and brings its answer. */
import { fork } from 'node:child_process'
import { BrokenRun } from '../broken-run.ts'

/**
 * Forks the program with `task` as its first argument and resolves with the one message it sends.
 * @throws BrokenRun when it ends without one
 */
export function inChild<Answer>(program: string, task: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [JSON.stringify(task)], { execArgv: [], serialization: 'advanced' })
    const endWithUs = () => child.kill('SIGKILL')
    process.once('exit', endWithUs)
    let answer: Answer | undefined
    child.once('message', (message) => {
      answer = message as Answer
    })
    child.once('exit', (code, signal) => {
      process.off('exit', endWithUs)
      if (answer !== undefined) resolve(answer)
      else reject(new BrokenRun(`${program} left with ${code ?? signal} and without an answer`))
    })
  })
}

/** For the program: the task it was forked with. */
export function taskGiven<Task>(): Task {
  return JSON.parse(process.argv[2] ?? '{}') as Task
}

/** For the program: gives the answer and ends. */
export function answer(value: object): void {
  process.send?.(value, () => process.exit(0))
}
