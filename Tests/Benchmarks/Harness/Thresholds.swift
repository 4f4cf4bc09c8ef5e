import Foundation
import JSON

/// What `make bench-check` asks of the figures, by name.
struct Thresholds: Sendable {
    let values: [String: Double]

    /// From the repository's root, where `make` runs the program.
    static let path = "Tests/Benchmarks/thresholds.json"

    static func read() throws -> Thresholds {
        guard let data = FileManager.default.contents(atPath: path) else {
            return Thresholds(values: [:])
        }
        return Thresholds(values: try JSON.decode([String: Double].self, from: Array(data)))
    }
}
