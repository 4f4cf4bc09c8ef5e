internal import Synchronization

/// The measurements of a program, rendered in Prometheus' text format 0.0.4.
///
/// Asking twice for the same name gives the same family; asking with another kind or other labels
/// is a fault of the program and traps.
public final class Metrics: Sendable {
    /// The most label combinations that one family keeps; the rest is counted under `other`, so
    /// that no client can fill the memory by inventing values.
    public static let seriesLimit = 2_000

    /// Bucket bounds in seconds that suit requests and queries.
    public static let defaultBuckets: [Double] = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private struct State {
        var families: [String: any MetricFamily] = [:]
        var hooks: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// An empty set of measurements.
    public init() {}

    /// A number that only grows. By convention the name ends in `_total`.
    public func counter(_ name: String, _ help: String, labels: [String] = []) -> Counter {
        family(name) { Counter(Description(name, help, labels)) }
    }

    /// A number that rises and falls.
    public func gauge(_ name: String, _ help: String, labels: [String] = []) -> Gauge {
        family(name) { Gauge(Description(name, help, labels)) }
    }

    /// The distribution of durations; `buckets` are upper bounds in seconds, ascending. By
    /// convention the name ends in `_seconds`.
    public func histogram(
        _ name: String, _ help: String, labels: [String] = [],
        buckets: [Double] = Metrics.defaultBuckets
    ) -> Histogram {
        family(name) { Histogram(Description(name, help, labels), buckets: buckets) }
    }

    /// A number that is read from elsewhere at each rendering, and left out while `read` gives nil.
    public func sampled(
        _ kind: SampleKind, _ name: String, _ help: String,
        _ read: @escaping @Sendable () -> Double?
    ) {
        _ = family(name) { Sampled(Description(name, help, []), kind: kind, read: read) }
    }

    /// Calls `body` before each rendering, to set gauges that are read from elsewhere.
    public func onScrape(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.hooks.append(body) }
    }

    /// Everything measured so far, as `/metrics` serves it
    /// (`text/plain; version=0.0.4; charset=utf-8`).
    public func render() -> String {
        for hook in state.withLock({ $0.hooks }) { hook() }
        let families = state.withLock { $0.families.values }
        var text = ""
        for family in families.sorted(by: { $0.description.name < $1.description.name }) {
            family.render(into: &text)
        }
        return text
    }

    private func family<Family: MetricFamily>(_ name: String, _ make: () -> Family) -> Family {
        state.withLock { state in
            let new = make()
            guard let old = state.families[name] else {
                state.families[name] = new
                return new
            }
            guard let same = old as? Family, same.description.labels == new.description.labels
            else { preconditionFailure("the metric \(name) exists with another kind or labels") }
            return same
        }
    }
}

/// What a family of measurements is called and how its series differ.
struct Description: Sendable {
    let name: String
    let help: String
    let labels: [String]

    init(_ name: String, _ help: String, _ labels: [String]) {
        precondition(Self.isName(name, colons: true), "\(name) is no name of a metric")
        for label in labels {
            precondition(Self.isName(label, colons: false), "\(label) is no name of a label")
        }
        self.name = name
        self.help = help
        self.labels = labels
    }

    private static func isName(_ text: String, colons: Bool) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy {
            switch $0 {
            case 48...57, 65...90, 97...122, UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colons
            default: false
            }
        }
    }

    func header(_ kind: String) -> String {
        let escaped = help.flatMap { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : "\($0)" }
        return "# HELP \(name) \(String(escaped))\n# TYPE \(name) \(kind)\n"
    }

    /// `{a="1",b="2"}`, or nothing without labels.
    func labelText(_ values: [String], extra: (String, String)? = nil) -> String {
        var pairs = zip(labels, values).map { "\($0)=\"\(Self.escaped($1))\"" }
        if let extra { pairs.append("\(extra.0)=\"\(extra.1)\"") }
        return pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else {
            return value
        }
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    /// A value as Prometheus reads it: integers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }
}

protocol MetricFamily: Sendable {
    var description: Description { get }
    func render(into text: inout String)
}
