internal import EventTypes

/// One line of a network's statement: a sale, or why it could not be read.
struct StatementRow: Sendable {
    /// From 1, the header not counted.
    let line: Int
    let content: Result<Postback, PostbackFault>
    /// Whether the file gave the version; otherwise one is chosen that takes effect.
    let hasVersion: Bool
}

/// A sale as cashback knows it.
struct KnownSale: Sendable, Equatable {
    let clickID: ClickID
    let phase: Conversion.Phase
    let sale: Money
    let latestVersion: Int64
}

/// What comparing a statement with our sales found, line by line.
struct Reconciliation: Sendable {
    enum Finding: Sendable, Equatable {
        /// Both say the same.
        case matched
        /// We did not know the sale: to be recorded.
        case missing(Postback)
        /// The statement says something else: to be recorded.
        case differing(Postback)
        /// The statement names another click than the one we have.
        case clickDiffers(ClickID)
        /// The same sale stands in an earlier line.
        case repeated(line: Int)
        case unreadable(PostbackFault)

        var postback: Postback? {
            switch self {
            case .missing(let postback), .differing(let postback): postback
            case .matched, .clickDiffers, .repeated, .unreadable: nil
            }
        }
    }

    struct Line: Sendable {
        let line: Int
        let actionID: String?
        let finding: Finding
    }

    /// In the order of the statement.
    let lines: [Line]
    /// Sales that we expected in the statement and that are not there, sorted.
    let absent: [String]

    /// - Parameters:
    ///   - known: our sales of that network, by action; at least those that the rows name.
    ///   - expected: the actions that the statement's period should contain.
    init(rows: [StatementRow], known: [String: KnownSale], expected: Set<String> = []) {
        var firstLine: [String: Int] = [:]
        lines = rows.map { row in
            switch row.content {
            case .failure(let fault):
                return Line(line: row.line, actionID: nil, finding: .unreadable(fault))
            case .success(let postback):
                let action = postback.actionID
                if let earlier = firstLine[action] {
                    return Line(
                        line: row.line, actionID: action, finding: .repeated(line: earlier))
                }
                firstLine[action] = row.line
                return Line(
                    line: row.line, actionID: action,
                    finding: Self.compare(postback, row.hasVersion, known[action]))
            }
        }
        absent = expected.subtracting(firstLine.keys).sorted()
    }

    private static func compare(
        _ postback: Postback, _ hasVersion: Bool, _ known: KnownSale?
    ) -> Finding {
        guard let known else { return .missing(postback) }
        guard known.clickID == postback.clickID else { return .clickDiffers(known.clickID) }
        if known.phase.agrees(with: postback.status),
            known.sale == postback.sale || postback.status.isRefusal
        {
            return .matched
        }
        if hasVersion { return .differing(postback) }
        let next = known.latestVersion == .max ? .max : known.latestVersion + 1
        return .differing(postback.with(version: max(next, postback.version)))
    }
}

extension Conversion.Phase {
    /// Whether the network's word says the same.
    func agrees(with status: SaleStatus) -> Bool {
        switch status {
        case .pending: self == .tracked || self == .pending
        case .approved: self == .approved || self == .credited
        case .declined, .reversed: self == .declined || self == .clawedBack
        }
    }
}

extension Postback {
    func with(version: Int64) -> Postback {
        Postback(
            network: network, actionID: actionID, clickID: clickID, version: version,
            status: status, sale: sale, soldAt: soldAt, reason: reason, source: source, raw: raw)
    }
}
