public import EventTypes
public import JSON

/// Lifts payloads of an older form of an event type to a newer one when they are read. Logs keep
/// what was written.
public struct Upcaster: Sendable {
    public let from: EventType
    /// The same name with a higher version, or, when a type was renamed, another name.
    public let to: EventType
    public let lift: @Sendable (JSONValue) throws -> JSONValue

    public init(
        from: EventType, to: EventType, lift: @escaping @Sendable (JSONValue) throws -> JSONValue
    ) {
        self.from = from
        self.to = to
        self.lift = lift
    }
}

/// All upcasters of a program, checked: every chain ends, and none has a gap.
public struct UpcasterChain: Sendable {
    /// Why upcasters do not fit together.
    public struct Fault: Error, Equatable, CustomStringConvertible {
        /// A sentence that names the type.
        public let description: String
    }

    /// No upcasters: every event is read as it was written.
    public static let none = UpcasterChain()

    private let steps: [EventType: Upcaster]

    private init() { steps = [:] }

    /// Checks that no type is lifted twice, that versions of one name follow one another without a
    /// gap, and that no chain runs in a circle.
    public init(_ upcasters: [Upcaster]) throws(Fault) {
        var steps: [EventType: Upcaster] = [:]
        for upcaster in upcasters {
            let (from, to) = (upcaster.from, upcaster.to)
            guard steps.updateValue(upcaster, forKey: from) == nil else {
                throw Fault(
                    description: "two upcasters lift \(from.name) version \(from.version)")
            }
            if from.name == to.name, to.version != from.version + 1 {
                throw Fault(
                    description:
                        "the upcaster of \(from.name) leaps from version \(from.version) to \(to.version)"
                )
            }
        }
        for start in steps.keys {
            var type = start
            for _ in 0...steps.count { if let next = steps[type] { type = next.to } }
            if steps[type] != nil {
                throw Fault(description: "the upcasters of \(start.name) run in a circle")
            }
        }
        let names = Set(steps.keys.map(\.name))
        for name in names {
            let versions = steps.keys.filter { $0.name == name }.map(\.version)
            let range = (versions.min() ?? 1)...(versions.max() ?? 1)
            for version in range where steps[EventType(name, version: version)] == nil {
                throw Fault(
                    description: "no upcaster lifts \(name) version \(version), but others do")
            }
        }
        self.steps = steps
    }

    var isEmpty: Bool { steps.isEmpty }

    /// Whether there is a newer form of a type.
    func lifts(_ type: EventType) -> Bool { !steps.isEmpty && steps[type] != nil }

    /// The newest form of a payload.
    func lift(_ type: EventType, _ payload: [UInt8]) throws -> (EventType, [UInt8]) {
        guard lifts(type) else { return (type, payload) }
        var type = type
        var value = try JSON.decode(JSONValue.self, from: payload)
        while let step = steps[type] {
            value = try step.lift(value)
            type = step.to
        }
        return (type, try JSON.encode(value))
    }
}
