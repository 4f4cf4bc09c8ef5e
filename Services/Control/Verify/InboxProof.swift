/// Consumers stand where the logs say that they can stand. Pure.
enum InboxProof {
    static func examine(
        _ logs: PublishedLogs, _ marks: PlatformMarks, isQuiet: Bool
    ) -> VerifyFinding {
        var faults: [String] = []
        var handled = 0
        for (consumer, places) in marks.inboxes {
            for (lane, place) in places where place.sequence > 0 {
                handled += Int(place.sequence)
                guard let entry = logs.entry(lane, place.sequence) else {
                    faults.append(
                        "\(consumer) has number \(place.sequence) of \(lane), which has only "
                            + "\(logs.lanes[lane]?.count ?? 0)")
                    continue
                }
                if entry.position != place.position {
                    faults.append(
                        "\(consumer) has number \(place.sequence) of \(lane) from position "
                            + "\(place.position), which is \(entry.position)")
                }
            }
            guard isQuiet else { continue }
            let topics = Set(places.keys.map(\.topic))
            for (lane, entries) in logs.lanes where topics.contains(lane.topic) {
                let at = Int(places[lane]?.sequence ?? 0)
                if at < entries.count {
                    faults.append("\(consumer) lacks \(entries.count - at) events of \(lane)")
                }
            }
        }
        return VerifyFinding("every consumer stands where the logs say", handled, faults)
    }
}
