/** A system as tests see it: everything there, nothing wrong, and distinct numbers in every place. */
import type { ActorView, SinkView, SystemView } from '../../src/port/gauge.ts'

export function sinkView(over: Partial<SinkView> = {}): SinkView {
  return {
    name: 'ops',
    kind: 'tak',
    target: 'tls://tak:8089',
    state: 'up',
    pending: 11,
    inFlight: 12,
    oldestSeconds: 13,
    delivered: 14,
    rejected: 15,
    dropped: 16,
    lastDeliveredMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    ...over,
  }
}

export function actorView(over: Partial<ActorView> = {}): ActorView {
  return { name: 'root', state: 'running', mailbox: 0, mailboxLimit: 0, restarts: 0, children: [], ...over }
}

export function systemView(over: Partial<SystemView> = {}): SystemView {
  return {
    state: 'UP',
    version: '0.1.0',
    uptimeSeconds: 21.9,
    pid: 22,
    reasons: [],
    broker: { connected: true, server: 'nats://127.0.0.1:4222', embedded: true, reconnects: 23 },
    intake: {
      inFlight: 31,
      inFlightPeak: 32,
      creditLimit: 33,
      inFlightBytes: 34,
      outstanding: 35,
      redelivered: 36,
      received: 37,
    },
    stages: [],
    sinks: [sinkView(), sinkView({ name: 'cot', kind: 'cot-subjects', pending: 900, oldestSeconds: 901 })],
    store: {
      headSeq: 140,
      tailSeq: 41,
      logBytes: 42,
      deadLetters: 43,
      fileBytes: 44,
      freeDiskBytes: 45,
      commits: 46,
      commitMsP50: 47,
      commitMsP99: 48,
      readersInUse: 49,
    },
    blocked: undefined,
    actors: actorView({
      children: [
        actorView({ name: 'validate', mailbox: 2, mailboxLimit: 64 }),
        actorView({ name: 'validate', mailbox: 3, mailboxLimit: 64 }),
        actorView({ name: 'push', state: 'restarting' }),
      ],
    }),
    counts: {},
    refusals: {},
    unknownClasses: {},
    skewMs: {},
    memory: { rssBytes: 51, rssAnonBytes: 52, rssFileBytes: 53 },
    ...over,
  }
}
