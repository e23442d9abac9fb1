/** One ceiling in a process of its own. */
import { encodeXml } from '../../src/cot/xml.ts'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { detection } from '../load/detections.ts'
import { answer, taskGiven } from '../load/in-child.ts'
import { connected } from '../load/rig.ts'
import { stages } from '../load/stages.ts'
import { journalAlone } from './journal.ts'
import { publishAlone } from './publish.ts'
import { asItCame, asLargeAsAnEvent, relay } from './relay.ts'
import type { CeilingAnswer, CeilingTask } from './task.ts'
import { writeAlone } from './tcp.ts'

const { name, count, nats, sinkPort, dir } = taskGiven<CeilingTask>()

async function measured(): Promise<CeilingAnswer> {
  if (name === 'journal') return journalAlone(dir, count)
  if (name === 'tcp') return writeAlone(sinkPort, count)
  const link = await connected(nats, name)
  try {
    return await atBroker(link)
  } finally {
    await link.close()
  }
}

function atBroker(link: BrokerConnection): Promise<CeilingAnswer> {
  if (name === 'publish') return publishAlone(link, count)
  if (name === 'pull-ack') return relay(link, count)
  const event = encodeXml(stages().through(Buffer.from(detection(1))).event)
  return relay(link, count, name === 'bare-loop' ? asItCame() : asLargeAsAnEvent(event))
}

answer(await measured())
