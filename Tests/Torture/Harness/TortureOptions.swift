/// What a run is asked for.
struct TortureOptions: Sendable, Equatable {
    var minutes = 3
    var seed: UInt64 = 1
    var isApache = false
    /// Checkouts and the like a second.
    var rate = 4
    var people = 12
    /// Where the built programs are; beside this one when nil.
    var programs: String?
    /// Where the report goes besides the terminal: FILE.json and FILE.txt.
    var report: String?
    var showsPlan = false
    var keeps = false

    static let help = """
        torture: runs the platform under load, breaks things, and proves that nothing is lost and
        nothing is twice.

        Usage: torture [OPTIONS]
          --minutes N      how long things are broken; 3 when not given
          --seed N         what is broken when; the same for the same number, 1 when not given
          --kafka apache   on Apache Kafka (KAFKA_HOME), not on the embedded broker
          --rate N         what people do, a second; 4 when not given
          --people N       how many there are; 12 when not given
          --programs DIR   the built programs; beside this one when not given
          --report FILE    writes FILE.json and FILE.txt
          --plan           only says what would be broken when
          --keep           leaves the logs in any case

        """

    /// - Throws: `TortureError` for what makes no sense.
    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func number<N: FixedWidthInteger>(_ name: String, _ range: ClosedRange<N>) throws -> N {
            guard let text = rest.popFirst(), let value = N(text), range.contains(value) else {
                throw TortureError("\(name) needs a number from \(range)")
            }
            return value
        }
        func text(_ name: String) throws -> String {
            guard let text = rest.popFirst(), !text.isEmpty else {
                throw TortureError("\(name) needs a value")
            }
            return text
        }
        while let name = rest.popFirst() {
            switch name {
            case "--minutes": minutes = try number(name, 1...1_440)
            case "--seed": seed = try number(name, 0...UInt64.max)
            case "--rate": rate = try number(name, 1...1_000)
            case "--people": people = try number(name, 1...1_000)
            case "--programs": programs = try text(name)
            case "--report": report = try text(name)
            case "--plan": showsPlan = true
            case "--keep": keeps = true
            case "--kafka":
                let kind = try text(name)
                guard ["apache", "embedded"].contains(kind) else {
                    throw TortureError("--kafka is apache or embedded, not \(kind)")
                }
                isApache = kind == "apache"
            default: throw TortureError("there is no option \(name)\n\n\(Self.help)")
            }
        }
    }
}
