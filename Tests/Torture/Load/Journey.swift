import Runtime

/// The load of a run: `souk load --journey`, which writes down what it was promised.
struct Journey: Sendable {
    /// How long the preparation may take.
    static let startTimeout: Duration = .seconds(180)
    /// How long what is under way may take once the time is over.
    static let endTimeout: Duration = .seconds(240)

    struct Result: Sendable, Equatable {
        var requests = 0
        var commands = 0
        var answered = 0
        var givenUp = 0
    }

    private let child: Child

    /// Starts it and returns once it has begun.
    static func begin(
        _ platform: Platform, seconds: Int, rate: Int, people: Int
    ) async throws -> Journey {
        let child = try platform.souk(
            "load",
            [
                "load", "--journey", "--rate", "\(rate)", "--seconds", "\(seconds)", "--buyers",
                "\(people)", "--promises", platform.place.promises,
            ])
        try await child.says("The journey begins.", within: startTimeout)
        return Journey(child: child)
    }

    /// Waits for its end.
    ///
    /// - Throws: `TortureError` when it does not come or is none.
    func end(after time: Duration) async throws -> Result {
        guard let status = try await child.end(within: time + Self.endTimeout) else {
            child.signal(9)
            throw TortureError("the load has not ended")
        }
        let output = Files.read(child.log)
        guard status == 0, let result = Self.parse(output) else {
            throw TortureError("the load ended with status \(status):\n\(output.suffix(1_000))")
        }
        return result
    }

    /// Reads `The journey is over: 474 requests, 190 commands, 189 answered, 2 given up …`.
    static func parse(_ output: String) -> Result? {
        let line = output.split(whereSeparator: \.isNewline)
            .last { $0.contains("The journey is over: ") }
        let numbers = (line ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 4 else { return nil }
        return Result(
            requests: numbers[0], commands: numbers[1], answered: numbers[2], givenUp: numbers[3])
    }
}
