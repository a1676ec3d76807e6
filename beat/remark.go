package beat

// remark is why an entry does not run, and what is noted of that with its cursor. Of a million jobs hardly one has any.
type remark struct{ reason, note string }

// reason returns why the entry does not run; "" when it does.
func (j *job) reason() string {
	if j.remark == nil {
		return ""
	}
	return j.remark.reason
}

// note returns the reason as it is stored.
func (j *job) note() string {
	if j.remark == nil {
		return ""
	}
	return j.remark.note
}

func (j *job) setReason(reason string) { j.setRemark(remark{reason: reason, note: j.note()}) }

func (j *job) setNote(note string) { j.setRemark(remark{reason: j.reason(), note: note}) }

func (j *job) setRemark(r remark) {
	switch {
	case r == remark{}:
		j.remark = nil
	case j.remark == nil || *j.remark != r:
		j.remark = &r
	}
}
