import EventTypes
import Runtime

@testable import EventStore

extension TestLog {
    /// A unit that adds 1 to a tally, behind this version of its stream.
    func adding(behind version: Int64, of stream: StreamID) -> UnitDraft {
        let id = ids.next(EventTag.self)
        var draft = UnitDraft()
        draft.streams = [
            StreamDraft(
                id: stream, expected: version,
                events: [
                    NewEvent(
                        id: id, type: TallyAdded.eventType, payload: Array(#"{"amount":1}"#.utf8),
                        metadata: EventMetadata(correlationID: CorrelationID(id)),
                        metadataText: Array(#"{"correlation_id":"\#(id)"}"#.utf8))
                ])
        ]
        return draft
    }
}
