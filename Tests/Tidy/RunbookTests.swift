import Testing

/// Every alarm has its section in the runbook, and says things that are measured.
@Suite struct RunbookTests {
    private static let alerts = "deploy/prometheus/alerts.yaml"
    private static let runbook = "docs/RUNBOOK.md"

    private var alarms: [String] {
        values(of: "alert", in: Repository.text(Self.alerts))
    }

    private func values(of key: String, in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "\(key):"), index + 1 < words.count else {
                return nil
            }
            return String(words[index + 1])
        }
    }

    /// The headings that name an alarm, with the text below each.
    private var sections: [(alarm: String, text: [Substring])] {
        var sections: [(alarm: String, text: [Substring])] = []
        for line in Repository.text(Self.runbook).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("## Souk") {
                sections.append((String(line.dropFirst(3)), []))
            } else if line.hasPrefix("## ") {
                sections.append(("", []))
            } else if !sections.isEmpty {
                sections[sections.count - 1].text.append(line)
            }
        }
        return sections.filter { !$0.alarm.isEmpty }
    }

    @Test func everyAlarmHasItsSectionAndEverySectionItsAlarm() {
        #expect(!alarms.isEmpty)
        #expect(Set(alarms).count == alarms.count, "an alarm is there twice")
        #expect(alarms == sections.map(\.alarm), "the same, in the same order")
    }

    @Test func everySectionSaysWhatItMeansHowToLookAndWhatToDo() {
        for section in sections {
            for word in ["**Means.**", "**Look.**", "**Do.**"] {
                #expect(
                    section.text.contains { $0.hasPrefix(word) }, "\(section.alarm) has no \(word)")
            }
        }
    }

    @Test func whatAlarmsLookAtIsMeasured() {
        let sources = Repository.sources(in: ["Shared", "Services"])
        let code = sources.map { Repository.text($0.path) }.joined()
        let words = Repository.text(Self.alerts).split {
            !$0.isLetter && !$0.isNumber && $0 != "_"
        }
        let metrics = Set(words.filter { $0.hasPrefix("souk_") })
        #expect(metrics.count > 10)
        for metric in metrics {
            #expect(code.contains("\"\(metric)\""), "nothing measures \(metric)")
        }
    }
}
