/** The library: everything a program needs to publish and to read updates. */
export type { Metrics } from '../metrics/registry.ts';
export { createMetrics } from '../metrics/registry.ts';
export type { Clock } from './base/clock.ts';
export { BucketcastError, type ErrorCode, isBucketcastError, PoisonError } from './base/errors.ts';
export type { DeadLetterReason, Gap, LaneEvent, NodeEmitter, NodeEvents } from './base/events.ts';
export type { Logger } from './base/logger.ts';
export type { Random } from './base/random.ts';
export type { JsonValue, NewUpdate, Update, UpdateKind } from './base/update.ts';
export type { Claim, ClaimOptions } from './claims/claim.ts';
export { checkSettings } from './config/check-settings.ts';
export type { SettingsChange } from './config/compare-settings.ts';
export type { Settings, SettingsInput } from './config/settings.ts';
export type { CoordinatorSnapshot } from './coordinate/coordinator-snapshot.ts';
export type { RunningSubscription } from './coordinate/running-subscription.ts';
export type { ServerSeen } from './coordinate/servers-seen.ts';
export type { Deliver, DeliveryControl } from './coordinate/sink-runner.ts';
export type {
  LagUpdates,
  LaneCounts,
  SlowLane,
  SubscriptionSnapshot,
} from './coordinate/subscription-snapshot.ts';
export type { UpdateIterator } from './coordinate/update-iterator.ts';
export type { Waiting } from './coordinate/waiting.ts';
export { createPublisher, type StandalonePublisher } from './create-publisher.ts';
export type {
  FeedAuthor,
  FeedContent,
  FeedEnclosure,
  FeedEntry,
  FeedFacts,
  FeedFormat,
} from './feeds/feed-content.ts';
export type { Heard, HintTransport, HintTransportSnapshot } from './hints/hint-transport.ts';
export type { HintsSnapshot } from './hints/hints-snapshot.ts';
export type { NodeState } from './http/served-node.ts';
export type { Components } from './node/foundation.ts';
export type { StartOptions } from './node/open-node.ts';
export type { HandlerSubscribeOptions, SubscribeOptions } from './node/running-node.ts';
export { type BucketcastNode, createNode } from './node.ts';
export type { Handler, HandlerContext, HandlerModule, HandlerPlace } from './pool/handler-module.ts';
export type { Published, PublishOptions, Spooled } from './publish/published.ts';
export type { PublisherSnapshot } from './publish/publisher.ts';
export type { SpoolSnapshot } from './publish/spool.ts';
export type { Sink, SinkControl } from './sinks/sink.ts';
export { StdoutSink } from './sinks/stdout-sink.ts';
export { openState } from './state/open-state.ts';
export type { DeadLetter, State } from './state/state.ts';
export type { FeedState } from './status/feed-state.ts';
export type { IndexStanding } from './status/index-standing.ts';
export type { NodeSnapshot } from './status/node-snapshot.ts';
export type { Readiness } from './status/readiness.ts';
export type { Problem, Status } from './status/status.ts';
export type { LimiterSnapshot } from './store/limiter.ts';
export { MemoryStore } from './store/memory-store.ts';
export type { ObjectStore } from './store/object-store.ts';
export { openStore } from './store/open-store.ts';
