/// The states of one stream by the deciders that look at it: nearly always one, without a table.
struct StreamStates: Sendable {
    private var first: (kind: ObjectIdentifier, state: any Sendable)?
    private var others: [ObjectIdentifier: any Sendable] = [:]

    init() {}

    init(_ kind: ObjectIdentifier, _ state: any Sendable) { first = (kind, state) }

    subscript(kind: ObjectIdentifier) -> (any Sendable)? {
        get {
            if let first, first.kind == kind { return first.state }
            return others.isEmpty ? nil : others[kind]
        }
        set {
            if first == nil || first?.kind == kind {
                first = newValue.map { (kind, $0) }
            } else {
                others[kind] = newValue
            }
        }
    }

    /// In no order.
    var all: [any Sendable] { (first.map { [$0.state] } ?? []) + others.values }
}
