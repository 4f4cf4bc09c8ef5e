internal import EventTypes

/// The time that a report is about: from its first instant to just before its last. It is the time
/// of the sale, the click, the posting, not that of any record of it.
struct ReportWindow: Sendable, Equatable {
    var from: Timestamp?
    var to: Timestamp?

    static let all = ReportWindow(from: nil, to: nil)

    func contains(_ time: Timestamp) -> Bool {
        if let from, time < from { return false }
        if let to, time >= to { return false }
        return true
    }
}
