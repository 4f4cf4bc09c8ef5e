internal import EventStore
internal import EventTypes
internal import JSON

/// What clients asked for and were answered, against what the logs say became of it. Pure.
struct PromiseBook: Sendable {
    /// How the subject of a kind of event is found in its payload.
    struct Kind: Sendable {
        let type: String
        let subject: String
        let amount: String?
        /// The reason that the ones asked for have, where there are others too.
        var reason: String?
    }

    static let kinds: [String: Kind] = Dictionary(
        uniqueKeysWithValues: [
            Kind(type: "user.registered", subject: "user_id", amount: nil),
            Kind(type: "order.paid", subject: "order_id", amount: "total"),
            Kind(type: "order.fulfilled", subject: "order_id", amount: nil),
            // The order of a checkout that does not come about is cancelled as well.
            Kind(
                type: "order.cancelled", subject: "order_id", amount: nil, reason: "changed_mind"),
            Kind(type: "order.refunded", subject: "refund_id", amount: "amount"),
            Kind(type: "wallet.deposit_settled", subject: "deposit_id", amount: "amount"),
            Kind(type: "wallet.withdrawal_requested", subject: "withdrawal_id", amount: "amount"),
            Kind(type: "wallet.withdrawal_approved", subject: "withdrawal_id", amount: nil),
            Kind(type: "cashback.conversion_tracked", subject: "action_id", amount: "sale"),
        ].map { ($0.type, $0) })

    /// One line of the file: something was asked for, or answered.
    struct Line: Codable, Sendable {
        /// The kind of event that answers it.
        let type: String
        let user: String
        /// Nil when it was asked for only.
        let subject: String?
        let amountMinor: Int64?

        enum CodingKeys: String, CodingKey {
            case type, user, subject
            case amountMinor = "amount_minor"
        }
    }

    private struct Subject: Hashable {
        let type: String
        let id: String
    }

    private struct Wish: Hashable {
        let type: String
        let user: String
    }

    private var promised: [Subject: Line] = [:]
    private var asked: [Wish: Int] = [:]
    private var found: [Subject: Int] = [:]
    private var done: [Wish: Int] = [:]
    private var faults: [String] = []

    init(_ lines: [Line]) {
        for line in lines {
            if let subject = line.subject {
                let name = Subject(type: line.type, id: subject)
                if promised.updateValue(line, forKey: name) != nil {
                    faults.append("\(line.type) of \(subject) was answered to two requests")
                }
            } else {
                asked[Wish(type: line.type, user: line.user), default: 0] += 1
            }
        }
    }

    /// - Throws: `Complaint` when the file cannot be read.
    init(file: String) throws {
        var rest: [UInt8] = []
        var lines: [Line] = []
        try PlatformFiles.pieces(of: file) { rest += $0 }
        for line in rest.split(separator: UInt8(ascii: "\n")) {
            lines.append(try JSON.decode(Line.self, from: Array(line)))
        }
        self.init(lines)
    }

    mutating func take(_ event: ReceivedEvent) throws {
        guard let kind = Self.kinds[event.type.name] else { return }
        let payload = try JSON.decode(JSONValue.self, from: event.payload)
        guard let id = payload[kind.subject]?.string else { return }
        let subject = Subject(type: kind.type, id: id)
        found[subject, default: 0] += 1
        let isAskedFor = kind.reason == nil || kind.reason == payload["reason"]?.string
        if isAskedFor, let user = payload["user_id"]?.string {
            done[Wish(type: kind.type, user: user), default: 0] += 1
        }
        if let amount = kind.amount, let wanted = promised[subject]?.amountMinor,
            payload[amount]?["amount_minor"]?.integer != wanted
        {
            faults.append("\(kind.type) of \(id) is not of \(wanted), which was answered")
        }
    }

    func findings(isQuiet: Bool) -> [VerifyFinding] {
        let lost = promised.keys.filter { found[$0] == nil }
            .map { "\($0.type) of \($0.id) was answered and is not there" }
        let twice = found.filter { $0.value > 1 }
            .map { "\($0.key.type) of \($0.key.id) is there \($0.value) times" }
        let surplus = done.compactMap { wish, count -> String? in
            guard let asked = asked[wish], count > asked else { return nil }
            return "\(wish.user) asked for \(wish.type) \(asked) times and got it \(count) times"
        }
        return [
            VerifyFinding(
                "everything that was answered is there, as it was answered", promised.count,
                (isQuiet ? lost.sorted() : []) + faults,
                note: isQuiet ? nil : "what is missing counts once all is quiet"),
            VerifyFinding(
                "nothing was done twice or more often than it was asked for",
                asked.values.reduce(0, +), (twice + surplus).sorted()),
        ]
    }
}
