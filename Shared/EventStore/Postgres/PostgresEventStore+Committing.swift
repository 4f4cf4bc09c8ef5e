internal import Database
internal import EventTypes
public import Runtime
internal import Synchronization

extension PostgresEventStore: UnitBackend {
    /// How often the log is looked at for events of other processes.
    static let headInterval: Duration = .milliseconds(250)

    func open<D: Decider>(
        _ decider: D.Type, _ stream: StreamID
    ) async throws -> OpenedStream<D.State> {
        if let known = known(D.self, stream) { return known }
        let (state, version) = try await fetch(D.self, stream)
        queue.withLock {
            $0.install(ObjectIdentifier(D.self), of: stream, state, version: version)
        }
        return OpenedStream(state: state, version: version, isFresh: true)
    }

    func submit(_ draft: UnitDraft) async -> UnitOutcome {
        await withCheckedContinuation { continuation in
            let (answer, isWorthSending) = queue.withLock { queue in
                let entry = PostgresCommitQueue.Entry(draft: draft, answer: continuation)
                return (queue.submit(entry), queue.isWorthSending)
            }
            if let answer { return continuation.resume(returning: answer) }
            if isWorthSending { work.signal() }
        }
    }

    func storedOutcome(_ key: IdempotencyKey) async throws -> StoredOutcome? {
        let rows = try await pool.query(
            """
            select o.fingerprint, o.outcome, coalesce(e.position, 0) from command_outcome o
            left join event e on e.stream = o.stream and e.version = o.version
            where o.scope = \(key.scope)::text and o.key = \(key.key)::text
            """, isReadOnly: true)
        return try rows.first.map {
            StoredOutcome(
                fingerprint: try $0.get(0), outcome: try $0.get(1), position: try $0.get(2))
        }
    }

    func pause(beforeAttempt attempt: Int) async throws {
        let limit = 1 << min(attempt, 7)
        try await loop.sleep(for: .microseconds(Int.random(in: 200...(1_000 * limit))))
    }

    // MARK: Running

    /// Commits what is submitted, until shutdown; then what still waits, and returns.
    public func run(_ lifecycle: Lifecycle) async throws {
        _ = try await head()
        queue.withLock { $0.open() }
        lifecycle.onShutdown { [self] in
            queue.withLock { $0.close() }
            work.signal()
            snapshots.stop()
        }
        lifecycle.ready()
        await withTaskGroup { group in
            group.addTask { [self] in
                await snapshots.run { lifecycle.isShuttingDown }
            }
            group.addTask { [self] in await purgeOutcomes(lifecycle) }
            group.addTask { [self] in await watchHead(lifecycle) }
            await withTaskGroup { committers in
                for _ in 0..<CommitLimits.batches {
                    committers.addTask { [self] in await commitBatches(lifecycle) }
                }
            }
            group.cancelAll()
        }
        let left = queue.withLock { queue in
            queue.close()
            return queue.drain()
        }
        for entry in left { entry.answer.resume(returning: .failed(EventStoreError.closed)) }
    }

    /// Hears of what other processes append to the same log.
    private func watchHead(_ lifecycle: Lifecycle) async {
        while await lifecycle.pause(Self.headInterval, on: loop) { _ = try? await head() }
    }

    /// Carries out one of the batches that may be under way, again and again.
    private func commitBatches(_ lifecycle: Lifecycle) async {
        while !Task.isCancelled {
            let (batch, isMore) = queue.withLock { ($0.takeBatch(), $0.isWorthSending) }
            if isMore { work.signal() }
            if let batch {
                await commit(batch)
                // Whoever was answered decides anew before what waits is halved.
                if queue.withLock({ $0.isLopsided(after: batch) }) { await Task.yield() }
                continue
            }
            if lifecycle.isShuttingDown, queue.withLock({ $0.isEmpty }) { break }
            await work.wait()
            // Whoever is about to submit in this turn of the loop goes along.
            if !queue.withLock({ $0.isFull }) { await Task.yield() }
        }
        work.signal()
    }

    private func commit(_ batch: PostgresCommitQueue.Batch) async {
        let start = ContinuousClock.now
        let outcomes = await send(batch.entries.map(\.draft))
        let end = ContinuousClock.now
        meters.commits.observe(start.duration(to: end))
        meters.batch.observe(Double(batch.entries.count))
        // Beside another batch it waited for that one's commit.
        let before = lastCommit.withLock { last in
            defer { last = end }
            return last
        }
        let took = max(start, before).duration(to: end)
        let answers = queue.withLock { $0.finish(batch, outcomes, took: took) }
        var last: Int64 = 0
        for (entry, outcome) in answers {
            entry.answer.resume(returning: outcome)
            meters.outcomes.add(1, outcome.label)
            guard case .committed(let position) = outcome else { continue }
            last = max(last, position)
            meters.events.add(entry.draft.eventCount)
            snapshots.offer(entry.draft)
        }
        tail.advance(to: last)
    }

    /// Removes outcomes whose time is over, now and then.
    private func purgeOutcomes(_ lifecycle: Lifecycle) async {
        while !lifecycle.isShuttingDown {
            do {
                try await loop.sleep(for: .seconds(600))
                try await pool.execute(
                    "delete from command_outcome where expires_at < clock_timestamp()")
            } catch is CancellationError {
                return
            } catch {
                logger.warning("old outcomes were not removed", ["error": "\(error)"])
            }
        }
    }
}
