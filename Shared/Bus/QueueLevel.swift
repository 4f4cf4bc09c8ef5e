/// How many records wait, and whether these have become half of the most that there were.
struct QueueLevel {
    /// Fewer are not worth a question.
    static let least = 1_000
    private var most = 0

    /// - Returns: true once for each time that the level halves.
    mutating func hasHalved(_ count: Int) -> Bool {
        most = max(most, count)
        guard count < most / 2, most > Self.least else { return false }
        most = count
        return true
    }
}
