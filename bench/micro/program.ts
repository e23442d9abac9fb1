/** One microbench in a process of its own. */
import { answer, taskGiven } from '../load/in-child.ts'
import { append, read as readBack } from './journal.ts'
import { microseconds, type Subject } from './loop.ts'
import { event, locate, read, xml } from './stages.ts'
import type { MicroName, MicroTask } from './task.ts'

const { name, duration, dir } = taskGiven<MicroTask>()

const SUBJECTS: Readonly<Record<MicroName, () => Subject | Promise<Subject & { close?: () => Promise<void> }>>> = {
  read,
  locate,
  event,
  xml,
  'journal-append': () => append(dir),
  'journal-read': () => readBack(dir),
}

const subject: Subject & { close?: () => Promise<void> } = await SUBJECTS[name]()
const us = await microseconds(subject, duration)
await subject.close?.()
answer({ us })
