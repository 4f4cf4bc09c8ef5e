internal import Runtime

/// What is shown in the end.
struct DemoResult: Sendable {
    let plan: DemoPlan
    let findings: [DemoFinding]

    /// - Returns: whether everything is proven.
    func show(played: Duration, proven: Duration) -> Bool {
        let sales = plan.sales
        let errands = plan.errands
        Terminal.write(
            """

            \(plan.customers.count) customers, \(sales.count) purchases, of which \
            \(sales.count { $0.manner == .swapped }) were reported in the wrong order, \
            \(sales.count { $0.isRepeated && $0.manner != .late }) twice, and \
            \(sales.count { $0.manner == .late }) only by a late statement.
            \(errands.count) carts at the platform's own checkout, of which \
            \(errands.count { $0.course == .repeated }) were checked out three times at once, \
            \(errands.count { $0.refunded > 0 && $0.course != .cancelled }) refunded in part, \
            \(errands.count { $0.course == .cancelled }) cancelled, and \
            \(errands.count { $0.course == .poor }) could not be paid.

            \(Self.table(findings))
            \(isProven ? "Equal to the cent" : "NOT PROVEN"): played in \(Self.seconds(played)), \
            examined in \(Self.seconds(proven)).

            """)
        return isProven
    }

    private var isProven: Bool { findings.allSatisfy(\.holds) }

    static func table(_ findings: [DemoFinding]) -> String {
        var table = TextTable([.left("PROOF"), .left("FOUND"), .left("")])
        for finding in findings {
            table.add([finding.name, finding.value, finding.holds ? "ok" : "WRONG"])
        }
        return table.text
    }

    static func seconds(_ duration: Duration) -> String {
        let tenths = duration.inMilliseconds / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
