public import EventTypes
public import Testing

/// A stream with a past: `given(Account.self, [.opened(…)]).when(.credit(…)).then([.credited(…)])`.
public func given<D: Decider>(_ decider: D.Type, _ events: [D.Event] = []) -> Scenario<D> {
    Scenario(past: events)
}

/// What a stream has seen, before a command.
public struct Scenario<D: Decider>: Sendable {
    let past: [D.Event]

    /// The state that the past folds to.
    public var state: D.State { D.fold(past) }

    /// Decides on a command.
    public func when(_ command: D.Command) -> Decided<D> {
        do throws(D.Refusal) {
            return Decided(past: past, events: try D.decide(command, state), refusal: nil)
        } catch {
            return Decided(past: past, events: [], refusal: error)
        }
    }
}

/// What came of a command.
public struct Decided<D: Decider>: Sendable {
    let past: [D.Event]
    /// What was decided; empty when nothing was to be done or the command was refused.
    public let events: [D.Event]
    /// Why it was refused.
    public let refusal: D.Refusal?

    /// Expects exactly these events; returns the stream with them, for a next command.
    @discardableResult
    public func then(
        _ expected: [D.Event], sourceLocation: SourceLocation = #_sourceLocation
    ) -> Scenario<D> {
        if let refusal {
            Issue.record("refused with \(refusal)", sourceLocation: sourceLocation)
        } else {
            #expect(events == expected, sourceLocation: sourceLocation)
        }
        return Scenario(past: past + events)
    }

    /// Expects that there was nothing to do.
    @discardableResult
    public func thenNothing(sourceLocation: SourceLocation = #_sourceLocation) -> Scenario<D> {
        then([], sourceLocation: sourceLocation)
    }

    /// Goes on after whatever was decided.
    public func and() -> Scenario<D> { Scenario(past: past + events) }
}

extension Decided where D.Refusal: Equatable {
    /// Expects this refusal; returns the unchanged stream.
    @discardableResult
    public func refuses(
        with expected: D.Refusal, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Scenario<D> {
        #expect(refusal == expected, sourceLocation: sourceLocation)
        return Scenario(past: past)
    }
}

extension Decided {
    /// Expects any refusal.
    @discardableResult
    public func isRefused(sourceLocation: SourceLocation = #_sourceLocation) -> Scenario<D> {
        #expect(refusal != nil, sourceLocation: sourceLocation)
        return Scenario(past: past)
    }
}
