internal import EventTypes

/// How many of the latest requests failed, in slices of time that are forgotten one by one.
struct RollingTally: Sendable {
    private static let slices: Int64 = 10

    private struct Slice {
        var number: Int64 = .min
        var total = 0
        var failures = 0
    }

    private let sliceMicroseconds: Int64
    private var ring = [Slice](repeating: Slice(), count: Int(slices))

    init(window: Duration) {
        let (seconds, attoseconds) = window.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        sliceMicroseconds = max(1, microseconds / Self.slices)
    }

    mutating func add(isFailure: Bool, _ now: Timestamp) {
        let number = now.microseconds / sliceMicroseconds
        let index = Int((number % Self.slices + Self.slices) % Self.slices)
        if ring[index].number != number { ring[index] = Slice(number: number) }
        ring[index].total += 1
        if isFailure { ring[index].failures += 1 }
    }

    /// Those within the window that ends now.
    func counts(_ now: Timestamp) -> (total: Int, failures: Int) {
        let newest = now.microseconds / sliceMicroseconds
        var total = 0
        var failures = 0
        for slice in ring where slice.number <= newest && slice.number > newest - Self.slices {
            total += slice.total
            failures += slice.failures
        }
        return (total, failures)
    }
}
