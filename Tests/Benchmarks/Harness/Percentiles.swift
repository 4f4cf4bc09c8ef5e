/// How long calls took, in milliseconds.
struct Percentiles: Codable, Sendable {
    let p50: Double
    let p95: Double
    let p99: Double
    let p999: Double
    let mean: Double
    let count: Int

    /// - Parameter milliseconds: at least one, in any order.
    init(_ milliseconds: [Double]) {
        let sorted = milliseconds.sorted()
        func at(_ part: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            // The smallest value that at least this part of all does not exceed.
            return sorted[max(0, Int((part * Double(sorted.count)).rounded(.up)) - 1)]
        }
        p50 = at(0.5)
        p95 = at(0.95)
        p99 = at(0.99)
        p999 = at(0.999)
        mean = sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count)
        count = sorted.count
    }

    /// 0 for none.
    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
