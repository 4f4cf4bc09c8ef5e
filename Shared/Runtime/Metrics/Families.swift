internal import Synchronization

/// One series: what was measured under one set of label values.
final class Series<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func update(_ change: (inout Value) -> Void) { state.withLock { change(&$0) } }
}

/// The series of one family by their label values, at most `Metrics.seriesLimit` of them.
final class SeriesTable<Value: Sendable>: Sendable {
    private let table: Mutex<[[String]: Series<Value>]>
    private let labelCount: Int
    private let zero: Value

    init(labelCount: Int, zero: Value) {
        self.labelCount = labelCount
        self.zero = zero
        // A family without labels shows from the start, so that a rate has a first point.
        table = Mutex(labelCount == 0 ? [[]: Series(zero)] : [:])
    }

    /// The series of these label values, which is there from now on.
    func series(_ labels: [String]) -> Series<Value> {
        precondition(labels.count == labelCount, "a value for every label, no more")
        return table.withLock { table in
            if let known = table[labels] { return known }
            let isFull = table.count >= Metrics.seriesLimit
            let key = isFull ? Array(repeating: "other", count: labelCount) : labels
            if isFull, let other = table[key] { return other }
            let made = Series(zero)
            table[key] = made
            return made
        }
    }

    func update(_ labels: [String], _ change: (inout Value) -> Void) {
        series(labels).update(change)
    }

    func value(_ labels: [String]) -> Value { table.withLock { $0[labels]?.value ?? zero } }

    var sorted: [(labels: [String], value: Value)] {
        table.withLock { table in
            table.map { (labels: $0.key, value: $0.value.value) }
                .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
        }
    }
}

/// A number that only grows.
public final class Counter: MetricFamily {
    let description: Description
    private let series: SeriesTable<Int>

    init(_ description: Description) {
        self.description = description
        series = SeriesTable(labelCount: description.labels.count, zero: 0)
    }

    /// Adds `amount`, which must not be negative, to the series of these label values.
    public func add(_ amount: Int = 1, _ labelValues: String...) {
        precondition(amount >= 0, "a counter only grows")
        series.update(labelValues) { $0 += amount }
    }

    /// One series of a counter, for those who add to it often: to find it takes longer than to add.
    public struct One: Sendable {
        fileprivate let series: Series<Int>

        /// Adds one.
        public func count() { series.update { $0 += 1 } }
    }

    /// The series of these label values, which shows from now on.
    public func one(_ labelValues: String...) -> One { One(series: series.series(labelValues)) }

    /// The present value of a series; 0 before its first addition.
    public func value(_ labelValues: String...) -> Int { series.value(labelValues) }

    func render(into text: inout String) {
        text += description.header("counter")
        for (labels, value) in series.sorted {
            text += "\(description.name)\(description.labelText(labels)) \(value)\n"
        }
    }
}

/// A number that rises and falls.
public final class Gauge: MetricFamily {
    let description: Description
    private let series: SeriesTable<Double>

    init(_ description: Description) {
        self.description = description
        series = SeriesTable(labelCount: description.labels.count, zero: 0)
    }

    /// Replaces the value of the series of these label values.
    public func set(_ value: Double, _ labelValues: String...) {
        series.update(labelValues) { $0 = value }
    }

    /// Adds `amount`, which may be negative.
    public func add(_ amount: Double, _ labelValues: String...) {
        series.update(labelValues) { $0 += amount }
    }

    /// The present value of a series; 0 before it was set.
    public func value(_ labelValues: String...) -> Double { series.value(labelValues) }

    func render(into text: inout String) {
        text += description.header("gauge")
        for (labels, value) in series.sorted {
            text += "\(description.name)\(description.labelText(labels)) "
            text += "\(Description.number(value))\n"
        }
    }
}

/// The distribution of durations over fixed buckets.
public final class Histogram: MetricFamily {
    fileprivate struct Distribution: Sendable {
        var counts: [Int]
        var sum = 0.0

        mutating func add(_ value: Double, _ bounds: [Double]) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }
    }

    /// One series of a histogram, for those who measure often: to find it takes longer than to
    /// count.
    public struct One: Sendable {
        fileprivate let bounds: [Double]
        fileprivate let series: Series<Distribution>

        /// Counts one duration.
        public func observe(_ duration: Duration) {
            let value = duration.inSeconds
            series.update { $0.add(value, bounds) }
        }
    }

    let description: Description
    private let bounds: [Double]
    private let series: SeriesTable<Distribution>

    init(_ description: Description, buckets: [Double]) {
        precondition(!buckets.isEmpty && buckets == buckets.sorted(), "buckets ascend")
        self.description = description
        bounds = buckets
        let zero = Distribution(counts: Array(repeating: 0, count: buckets.count + 1))
        series = SeriesTable(labelCount: description.labels.count, zero: zero)
    }

    /// Counts one duration in the series of these label values.
    public func observe(_ duration: Duration, _ labelValues: String...) {
        observe(duration.inSeconds, labelValues)
    }

    /// Counts one value, for distributions of something other than time.
    public func observe(_ value: Double, _ labelValues: String...) {
        observe(value, labelValues)
    }

    private func observe(_ value: Double, _ labels: [String]) {
        series.update(labels) { $0.add(value, bounds) }
    }

    /// The series of these label values, which shows from now on.
    public func one(_ labelValues: String...) -> One {
        One(bounds: bounds, series: series.series(labelValues))
    }

    /// How many values a series has seen.
    public func count(_ labelValues: String...) -> Int {
        series.value(labelValues).counts.reduce(0, +)
    }

    func render(into text: inout String) {
        text += description.header("histogram")
        for (labels, value) in series.sorted {
            var total = 0
            for (bound, count) in zip(bounds + [.infinity], value.counts) {
                total += count
                let le = ("le", Description.number(bound))
                text += "\(description.name)_bucket"
                text += "\(description.labelText(labels, extra: le)) \(total)\n"
            }
            let suffix = description.labelText(labels)
            text += "\(description.name)_sum\(suffix) \(Description.number(value.sum))\n"
            text += "\(description.name)_count\(suffix) \(total)\n"
        }
    }
}
