internal import EventTypes
internal import JSON

/// Why one unit of a batch failed, as `append_units` tells.
struct UnitFault: Decodable {
    /// From 1.
    let unit: Int
    let kind: Kind
    var stream: String?
    var actual: Int64?
    var scope: String?
    var key: String?
    var fingerprint: String?
    var outcome: String?
    var position: Int64?

    enum Kind: String, Decodable { case conflict, moved, claim, duplicate, position }

    static func list(_ text: String) throws -> [UnitFault] {
        try JSON.decode([UnitFault].self, from: text, limits: .document)
    }

    var asOutcome: UnitOutcome {
        switch kind {
        case .conflict: .conflict(StreamID(stream ?? ""), actual: actual ?? 0)
        case .moved: .movedOn
        case .position: .positionMoved
        case .claim:
            .claimTaken(scope: scope ?? "", key: key ?? "", by: StreamID(stream ?? ""))
        case .duplicate:
            .duplicate(
                StoredOutcome(
                    fingerprint: Self.bytes(hex: fingerprint ?? ""),
                    outcome: Array((outcome ?? "").utf8), position: position ?? 0))
        }
    }

    private static func bytes(hex: String) -> [UInt8] {
        let digits = hex.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            digits[$0] << 4 | digits[$0 + 1]
        }
    }
}
