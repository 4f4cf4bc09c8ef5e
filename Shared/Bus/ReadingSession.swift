internal import EventTypes
internal import Runtime

/// One going through the batches of a reading. It lives on the reader's loop.
actor ReadingSession {
    private struct Place {
        let start: Int64
        let end: Int64
        /// The next offset to be read.
        var next: Int64
        var isDone: Bool
        /// Whether its first record of the reading is still to be found by its time.
        var isSought: Bool
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let reading: BusReader.Reading
    private let source: ReadingSource
    private let earliest: Int64?
    private var places: [PartitionKey: Place]
    private var unfinished: Int
    private var batches: [PartitionBatch] = []
    /// What went wrong while the caller was busy.
    private var failure: (any Error)?
    private var waiter: CheckedContinuation<Void, Never>?
    private var isWoken = false

    /// Connects and finds the places.
    static func open(_ reading: BusReader.Reading) async throws(BusError) -> ReadingSession {
        let reader = reading.reader
        let pipe = try WakePipe(on: reader.loop)
        let client = try KafkaClient(
            .reader, reader.configuration,
            own: [
                ("enable.partition.eof", "true"),
                ("auto.offset.reset", "earliest"),
                ("enable.auto.commit", "false"),
                ("fetch.wait.max.ms", "\(reader.configuration.fetchWaitMilliseconds)"),
                ("fetch.max.bytes", "\(8 << 20)"),
                ("queued.min.messages", "50000"),
                ("queued.max.messages.kbytes", "32768"),
            ], pipe: pipe, logger: reader.logger)
        let plan = try await NamedThread.run("kafka") { () throws(BusError) in
            try ReadingPlan(
                ClusterQuestions(client, timeout: BusReader.questionTimeout), reading.topics,
                from: reading.start)
        }
        let waits = reading.end == .never
        let starts = plan.spans.filter { waits || $0.value.start < $0.value.end }
        let source = try ReadingSource(client, starts.mapValues(\.start), pipe: pipe)
        let session = ReadingSession(reading, plan, source)
        pipe.start { [weak session] _ in session?.assumeIsolated { $0.wake() } }
        return session
    }

    private init(_ reading: BusReader.Reading, _ plan: ReadingPlan, _ source: ReadingSource) {
        loop = reading.reader.loop
        self.reading = reading
        self.source = source
        earliest = plan.earliest
        let waits = reading.end == .never
        places = plan.spans.mapValues {
            Place(
                start: $0.start, end: $0.end, next: $0.start,
                isDone: !waits && $0.start >= $0.end, isSought: plan.earliest != nil)
        }
        unfinished = places.values.count { !$0.isDone }
    }

    /// The next batches; none at the end.
    func next() async throws -> [PartitionBatch] {
        while batches.isEmpty {
            if let failure { throw failure }
            if unfinished == 0 { return [] }
            isWoken = false
            if try take() { continue }
            await wait()
            try Task.checkCancellation()
        }
        reportProgress()
        // While the caller is busy with these.
        loop.submit { [weak self] in self?.assumeIsolated { $0.takeAhead() } }
        defer { batches = [] }
        return batches
    }

    private func takeAhead() {
        guard batches.isEmpty, unfinished > 0, failure == nil else { return }
        do { _ = try take() } catch { failure = error }
    }

    /// Sorts what has been fetched into batches.
    ///
    /// - Returns: false when nothing has.
    private func take() throws -> Bool {
        let fetched = source.take(reading.batchLimit)
        var records: [BusRecord] = []
        for item in fetched {
            switch item {
            case .record(let record):
                let key = PartitionKey(topic: record.topic, partition: record.partition ?? 0)
                guard pass(record, of: key) else { continue }
                if let last = records.last,
                    last.topic != record.topic || last.partition != record.partition
                {
                    finishBatch(&records)
                }
                records.append(record)
            case .end(let key, let offset): reach(offset, of: key)
            case .failure(let error): throw error
            }
        }
        finishBatch(&records)
        return !fetched.isEmpty
    }

    private func finishBatch(_ records: inout [BusRecord]) {
        guard let last = records.last, let partition = last.partition else { return }
        let key = PartitionKey(topic: last.topic, partition: partition)
        batches.append(
            PartitionBatch(
                topic: last.topic, partition: partition, records: records,
                endOffset: places[key]?.end))
        records = []
    }

    /// Notes that a record was read.
    ///
    /// - Returns: whether it belongs to the reading.
    private func pass(_ record: BusRecord, of key: PartitionKey) -> Bool {
        guard let place = places[key], !place.isDone, let offset = record.offset else {
            return false
        }
        reach(offset + 1, of: key)
        if reading.end == .endAtStart, offset >= place.end { return false }
        if place.isSought, let earliest {
            if let time = record.timestamp, time.microseconds / 1_000 < earliest { return false }
            places[key]?.isSought = false
        }
        return true
    }

    private func reach(_ offset: Int64, of key: PartitionKey) {
        guard var place = places[key] else { return }
        place.next = max(place.next, offset)
        if reading.end == .endAtStart, !place.isDone, place.next >= place.end {
            place.isDone = true
            unfinished -= 1
        }
        places[key] = place
    }

    private func reportProgress() {
        guard let progress = reading.progress else { return }
        var done: Int64 = 0
        var total: Int64 = 0
        for place in places.values {
            done += max(0, place.next - place.start)
            total += place.end - place.start
        }
        progress(BusReader.Progress(done: done, total: total))
    }

    // MARK: Waiting

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if isWoken || Task.isCancelled { return continuation.resume() }
                waiter = continuation
            }
        } onCancel: {
            loop.submit { [self] in assumeIsolated { $0.wake() } }
        }
    }

    private func wake() {
        isWoken = true
        waiter?.resume()
        waiter = nil
    }
}
