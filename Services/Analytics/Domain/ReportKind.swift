internal import EventTypes

/// The reports there are.
enum ReportKind: String, CaseIterable, Sendable, Codable, LosslessStringConvertible {
    case revenue, funnel, rfm, ledger

    init?(_ description: String) { self.init(rawValue: description) }

    var description: String { rawValue }

    /// The report of a whole journey.
    func table(_ journey: Journey, _ window: ReportWindow) -> ReportTable {
        switch self {
        case .revenue:
            RevenueReport.table(
                RevenueReport.lines(journey, window), merchants: journey.merchants)
        case .funnel: FunnelReport.table(FunnelReport.lines(journey, window))
        case .rfm: RFMReport.table(RFMReport.customers(journey, window))
        case .ledger: LedgerReport.table(LedgerReport.lines(journey, window))
        }
    }

    /// What is wrong with a window of this report, as a sentence; nil if nothing.
    func fault(of window: ReportWindow) -> String? {
        if let from = window.from, let to = window.to, from >= to {
            return "`from` must be before `to`."
        }
        guard self == .ledger else { return nil }
        let isWhole = [window.from, window.to].allSatisfy { $0 == $0?.startOfDay }
        return isWhole ? nil : "The ledger is kept by day: `from` and `to` must be midnight in UTC."
    }
}
