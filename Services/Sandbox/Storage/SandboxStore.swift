internal import EventTypes
internal import JSON
internal import Runtime
internal import Synchronization

/// The provider's book and its file: nothing is answered or delivered that is not on disk.
final class SandboxStore: Sendable {
    private let book: Mutex<SandboxBook>
    private let file: FactFile
    private let clock: any WallClock
    private let ids: any IdentifierGenerator
    /// Wakes whoever waits for something to become due.
    let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation

    /// Reads the file at `path`, which is made when there is none.
    ///
    /// - Throws: `FactFileError`; `SandboxFileDamaged` when a line is not one of ours.
    init(path: String, clock: any WallClock, ids: any IdentifierGenerator) throws {
        let (file, lines) = try FactFile.open(path)
        var book = SandboxBook()
        for (index, line) in lines.enumerated() {
            do {
                book.apply(try JSON.decode(SandboxFact.self, from: line))
            } catch {
                throw SandboxFileDamaged(path: path, line: index + 1, reason: "\(error)")
            }
        }
        self.book = Mutex(book)
        self.file = file
        self.clock = clock
        self.ids = ids
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var now: Timestamp { clock.now() }

    func create(_ request: SandboxBook.Request) async throws -> (payment: Payment, isRepeat: Bool) {
        let id = request.kind.prefix + ids.next(PaymentKind.self).description.filter { $0 != "-" }
        let now = clock.now()
        let (fact, payment) = try book.withLock { book in
            try book.create(request, id: id, at: now)
        }
        try await write(fact.map { [$0] } ?? [])
        return (payment, fact == nil)
    }

    func payment(_ id: String, _ kind: PaymentKind) async throws -> Payment? {
        let payment = book.withLock { $0.entries[id]?.payment }
        try await file.settled()
        return payment?.kind == kind ? payment : nil
    }

    /// Up to `limit` payments taken after the one named, oldest first.
    func payments(after id: String?, limit: Int) async throws -> [Payment] {
        let payments = book.withLock { book in
            let start = id.flatMap { book.order.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
            return book.order[start...].prefix(limit).compactMap { book.entries[$0]?.payment }
        }
        try await file.settled()
        return payments
    }

    func balances() async throws -> [Money] {
        let balances = book.withLock { $0.balances() }
        try await file.settled()
        return balances
    }

    func setBehaviour(_ behaviour: Behaviour, of kind: PaymentKind?) async throws {
        let fact = book.withLock { $0.setBehaviour(behaviour, of: kind) }
        try await write([fact])
    }

    func behaviours() -> [PaymentKind: Behaviour] {
        book.withLock { book in
            Dictionary(
                uniqueKeysWithValues: PaymentKind.allCases.map { ($0, book.behaviour(of: $0)) })
        }
    }

    /// Moves what is due; then gives up to `count` deliveries that are due and on disk.
    func advance(taking count: Int) async throws -> [DeliveryQueue.Delivery] {
        let now = clock.now()
        let (facts, deliveries) = book.withLock { book in
            (book.move(at: now), book.takeDeliveries(count, at: now))
        }
        try await write(facts)
        try await file.settled()
        return deliveries
    }

    func note(_ event: String, isDelivered: Bool) async throws {
        let now = clock.now()
        let fact = book.withLock { $0.note(event, isDelivered: isDelivered, at: now) }
        try await write(fact.map { [$0] } ?? [])
    }

    /// How long until something becomes due; nil when nothing will by itself.
    func untilNextDue() -> Duration? {
        book.withLock { $0.nextDue }.map { max(.zero, $0.since(clock.now())) }
    }

    func finish() { change.finish() }
    func wake() { change.yield() }

    private func write(_ facts: [SandboxFact]) async throws {
        if facts.isEmpty { return try await file.settled() }
        try await file.append(try facts.map { try JSON.encode($0) })
        change.yield()
    }
}

/// A line of the file cannot be read.
struct SandboxFileDamaged: Error, CustomStringConvertible {
    let path: String
    let line: Int
    let reason: String

    var description: String { "\(path), line \(line): \(reason)" }
}
