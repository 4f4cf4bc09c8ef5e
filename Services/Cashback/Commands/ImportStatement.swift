internal import EventStore
internal import EventTypes
internal import Runtime

/// Compares a network's statement with our sales and records what we did not know; all of it or
/// nothing.
struct ImportStatement: Sendable {
    let store: any EventStore
    let clock: any WallClock
    let signer: ClickSigner

    func callAsFunction(
        _ file: StatementFile, of network: String, expected: Set<String>,
        _ context: CommandContext
    ) async throws -> Committed<StatementReport> {
        let now = clock.now()
        return try await store.commit(context) { unit in
            guard let settings = try await unit.load(Network.self, network).configured else {
                throw CashbackError.networkUnknown
            }
            let reader = PostbackReader(network: network, mapping: settings.mapping)
            let rows = try file.rows(
                reader, secretField: settings.secretField, receivedAt: now, click: signer.click)
            let reconciliation = Reconciliation(
                rows: rows, known: try await known(rows, network, unit), expected: expected)
            let versioned = Set(rows.filter(\.hasVersion).map(\.line))
            var lines: [StatementReport.Row] = []
            for line in reconciliation.lines {
                lines.append(
                    try await carryOut(
                        line, isVersioned: versioned.contains(line.line), settings.mapping, now,
                        unit))
            }
            return StatementReport(network: network, rows: lines, absent: reconciliation.absent)
        }
    }

    private func known(
        _ rows: [StatementRow], _ network: String, _ unit: UnitOfWork
    ) async throws -> [String: KnownSale] {
        var known: [String: KnownSale] = [:]
        for row in rows {
            guard case .success(let postback) = row.content, known[postback.actionID] == nil
            else { continue }
            let state = try await unit.load(
                Conversion.self, SaleRecording.conversion(network, postback.actionID))
            guard let tracked = state.tracked, let sale = state.sale else { continue }
            known[postback.actionID] = KnownSale(
                clickID: tracked.click.clickID, phase: state.phase, sale: sale,
                latestVersion: state.latest)
        }
        return known
    }

    private func carryOut(
        _ line: Reconciliation.Line, isVersioned: Bool, _ mapping: NetworkMapping,
        _ now: Timestamp, _ unit: UnitOfWork
    ) async throws -> StatementReport.Row {
        func row(
            _ status: StatementReport.Status, _ field: String? = nil, _ problem: String? = nil
        ) -> StatementReport.Row {
            StatementReport.Row(
                line: line.line, actionID: line.actionID, status: status, field: field,
                problem: problem)
        }
        switch line.finding {
        case .matched: return row(.matched)
        case .repeated(let earlier):
            return row(.repeated, mapping.actionID, "stands in row \(earlier) already")
        case .clickDiffers:
            return row(.conflicting, mapping.clickID, "we have this sale with another click")
        case .unreadable(let fault):
            let isForged = fault.field == mapping.clickID && fault.message != "missing"
            return row(
                isForged ? .unknownClick : .badRow, fault.field.isEmpty ? nil : fault.field,
                fault.message)
        case .missing(let postback), .differing(let postback):
            let isNew = if case .missing = line.finding { true } else { false }
            do {
                let outcome = try await record(postback, isVersioned: isVersioned, now, unit)
                switch outcome {
                case .applied, .deferred: return row(isNew ? .created : .updated)
                case .unchanged: return row(.matched)
                case .stale: return row(.conflicting, mapping.version, "we know a newer version")
                case .afterEnd: return row(.conflicting, mapping.status, "the sale is at its end")
                case .review:
                    return row(.conflicting, mapping.amount, "it would raise what was approved")
                case nil:
                    return row(
                        .conflicting, mapping.version, "this version said something else before")
                }
            } catch CashbackError.clickUnknown {
                return row(.unknownClick, mapping.clickID, "not a click of ours")
            } catch CashbackError.clickOfAnotherNetwork {
                return row(.unknownClick, mapping.clickID, "a click of another network")
            } catch CashbackError.amountOutOfRange {
                return row(.badRow, mapping.amount, "too large")
            }
        }
    }

    /// A row that gives no version of its own is only written down when it changes something, so
    /// that the same file can be imported again and again.
    private func record(
        _ postback: Postback, isVersioned: Bool, _ now: Timestamp, _ unit: UnitOfWork
    ) async throws -> PostbackOutcome? {
        if !isVersioned {
            let id = SaleRecording.conversion(postback.network, postback.actionID)
            let click = try await SaleRecording.click(postback, in: unit)
            let outcome = try Conversion.decide(
                .record(postback, id, click, at: now), try await unit.load(Conversion.self, id)
            ).outcome
            guard outcome == .applied || outcome == .deferred else { return outcome }
        }
        return try await SaleRecording.record(postback, at: now, in: unit).outcome
    }
}
