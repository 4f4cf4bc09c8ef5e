internal import EventTypes

/// How many clicks of a window led to a sale, to an approved one, to credited cashback; in all and
/// by distinct people.
enum FunnelReport {
    enum Step: String, CaseIterable, Sendable {
        case clicked, sold, approved, credited
    }

    struct Line: Sendable, Equatable {
        var clicks = 0
        var people = 0
    }

    static func lines(_ journey: Journey, _ window: ReportWindow) -> [Step: Line] {
        var furthest: [ClickID: Int] = [:]
        for sale in journey.sales.values {
            furthest[sale.clickID] = max(furthest[sale.clickID] ?? 0, depth(sale.stage))
        }
        var lines: [Step: Line] = [:]
        var people: [Step: Set<UserID>] = [:]
        for (id, click) in journey.clicks where window.contains(click.at) {
            let reached = furthest[id] ?? 0
            for (level, step) in Step.allCases.enumerated() where level <= reached {
                lines[step, default: Line()].clicks += 1
                if let userID = click.userID { people[step, default: []].insert(userID) }
            }
        }
        for (step, ids) in people { lines[step]?.people = ids.count }
        return lines
    }

    /// How many steps beyond the click a sale has come.
    static func depth(_ stage: Journey.Sale.Stage) -> Int {
        switch stage {
        case .tracked, .pending, .declined: 1
        case .approved: 2
        case .credited, .clawedBack: 3
        }
    }

    static func table(_ lines: [Step: Line]) -> ReportTable {
        let first = lines[.clicked]?.clicks ?? 0
        return ReportTable(
            title: "From click to credit",
            columns: [
                .init(name: "step", title: "Step"), .init(name: "clicks", title: "Clicks"),
                .init(name: "people", title: "People"), .init(name: "share", title: "Of clicks"),
            ],
            rows: Step.allCases.map { step in
                let line = lines[step] ?? Line()
                return [
                    .text(step.rawValue), .count(line.clicks), .count(line.people),
                    .share(first == 0 ? 0 : line.clicks * 10_000 / first),
                ]
            }, labelColumn: 0, valueColumn: 1, noteColumn: 3)
    }
}
