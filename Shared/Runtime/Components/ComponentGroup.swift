/// Runs the components of a program: starts them in order, each once the one before is ready, and
/// stops them in reverse.
///
/// The stop begins with a signal, with a component that ends by itself, or when the calling task is
/// cancelled. Components that are not done by the deadline are cancelled; a second signal cancels
/// at once, and a third one finds the system's default handler.
public struct ComponentGroup: Sendable {
    struct Member: Sendable {
        let name: String
        let component: any Component
        let loop: EventLoop?
    }

    private let logger: Logger
    private let deadline: Duration
    private var members: [Member] = []

    /// An empty group. `deadline` is for the whole stop, not for each component.
    public init(logger: Logger, deadline: Duration = .seconds(5)) {
        self.logger = logger
        self.deadline = deadline
    }

    /// Adds a component that starts after those before it and stops before them. With `loop`, its
    /// task is pinned to that loop.
    public mutating func add(
        _ name: String, _ component: some Component, on loop: EventLoop? = nil
    ) {
        members.append(Member(name: name, component: component, loop: loop))
    }

    /// Adds a component that is one function.
    public mutating func add(
        _ name: String, on loop: EventLoop? = nil,
        _ body: @escaping @Sendable (Lifecycle) async throws -> Void
    ) {
        add(name, FunctionComponent(body: body), on: loop)
    }

    private struct FunctionComponent: Component {
        let body: @Sendable (Lifecycle) async throws -> Void
        func run(_ lifecycle: Lifecycle) async throws { try await body(lifecycle) }
    }

    /// Runs all components until they have stopped.
    ///
    /// - Throws: `ComponentFailure` naming the first component that failed or ended unasked.
    public func run(stopOn signals: [UnixSignal] = [.term, .int]) async throws {
        let (events, feed) = AsyncStream.makeStream(of: GroupEvent.self)
        let subscription = UnixSignal.subscribe(to: signals) { feed.yield(.signal($0)) }
        let outcome = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                var run = GroupRun(members: members, logger: logger, deadline: deadline, feed: feed)
                run.startNext(in: &group)
                for await event in events {
                    run.handle(event, in: &group)
                    if run.hasGivenUp { subscription.cancel() }
                    if run.isOver { break }
                }
                group.cancelAll()
                return run.failure
            }
        } onCancel: {
            feed.yield(.stop)
        }
        subscription.cancel()
        if let outcome { throw outcome }
    }
}

/// Why a group stopped although nobody asked it to.
public struct ComponentFailure: Error, CustomStringConvertible {
    /// The component's name in the group.
    public let component: String
    /// What it threw; nil when it returned before it was asked to stop.
    public let underlying: (any Error)?

    /// A sentence for the log.
    public var description: String {
        guard let underlying else { return "\(component) ended although nobody asked it to stop" }
        return "\(component) failed: \(underlying)"
    }
}

enum GroupEvent: Sendable {
    case ready(Int)
    case ended(Int, (any Error)?)
    case signal(UnixSignal)
    case stop
    case deadlinePassed
}

/// The state of one run of a group. Starting → stopping → over; every event is handled in turn.
struct GroupRun {
    private enum Phase { case starting, running, stopping, cancelled }

    private let members: [ComponentGroup.Member]
    private let logger: Logger
    private let deadline: Duration
    private let feed: AsyncStream<GroupEvent>.Continuation
    private var phase = Phase.starting
    private var lifecycles: [Lifecycle] = []
    private var running: Set<Int> = []
    private(set) var failure: ComponentFailure?

    init(
        members: [ComponentGroup.Member], logger: Logger, deadline: Duration,
        feed: AsyncStream<GroupEvent>.Continuation
    ) {
        self.members = members
        self.logger = logger
        self.deadline = deadline
        self.feed = feed
    }

    var isOver: Bool {
        running.isEmpty && (phase == .stopping || phase == .cancelled || members.isEmpty)
    }

    var hasGivenUp: Bool { phase == .cancelled }

    mutating func startNext(in group: inout TaskGroup<Void>) {
        let index = lifecycles.count
        guard index < members.count else {
            phase = .running
            if members.isEmpty { feed.yield(.stop) }
            return
        }
        let member = members[index]
        let lifecycle = Lifecycle()
        lifecycles.append(lifecycle)
        running.insert(index)
        lifecycle.onReady { [feed] in feed.yield(.ready(index)) }
        logger.debug("starting", ["component": member.name])
        group.addTask(executorPreference: member.loop) { [feed] in
            do {
                try await member.component.run(lifecycle)
                feed.yield(.ended(index, nil))
            } catch {
                feed.yield(.ended(index, error))
            }
        }
    }

    mutating func handle(_ event: GroupEvent, in group: inout TaskGroup<Void>) {
        switch event {
        case .ready(let index):
            logger.debug("ready", ["component": members[index].name])
            if phase == .starting && index == lifecycles.count - 1 { startNext(in: &group) }
        case .ended(let index, let error): ended(index, error, in: &group)
        case .signal(let signal):
            if phase == .starting || phase == .running {
                logger.notice("stopping", ["signal": signal])
                stop(in: &group)
            } else {
                giveUp("a second signal", in: &group)
            }
        case .stop: if phase == .starting || phase == .running { stop(in: &group) }
        case .deadlinePassed: giveUp("the deadline", in: &group)
        }
    }

    private mutating func ended(
        _ index: Int, _ error: (any Error)?, in group: inout TaskGroup<Void>
    ) {
        running.remove(index)
        let name = members[index].name
        switch phase {
        case .starting, .running:
            // When the caller is cancelled, so are the components, before anything is said here.
            if !group.isCancelled {
                failure = ComponentFailure(component: name, underlying: error)
            }
            stop(in: &group)
        case .stopping:
            if let error, !group.isCancelled {
                logger.warning("failed while stopping", ["component": name, "error": "\(error)"])
                failure = failure ?? ComponentFailure(component: name, underlying: error)
            }
            askNext()
        case .cancelled:
            logger.warning("cancelled", ["component": name])
        }
    }

    private mutating func stop(in group: inout TaskGroup<Void>) {
        phase = .stopping
        group.addTask { [feed, deadline] in
            try? await Task.sleep(for: deadline)
            if !Task.isCancelled { feed.yield(.deadlinePassed) }
        }
        askNext()
    }

    /// Asks the youngest running component to stop; the one before it has its turn when it is done.
    private func askNext() {
        guard let youngest = running.max() else { return }
        lifecycles[youngest].requestShutdown()
    }

    private mutating func giveUp(_ reason: String, in group: inout TaskGroup<Void>) {
        guard phase == .stopping, !running.isEmpty else { return }
        phase = .cancelled
        let names = running.sorted().map { members[$0].name }.joined(separator: ", ")
        logger.error("not stopped in time, cancelling", ["reason": reason, "components": names])
        for index in running { lifecycles[index].requestShutdown() }
        group.cancelAll()
    }
}
