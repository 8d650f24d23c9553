-- Owner: store
INSERT INTO change_marks (topic, version) VALUES ('consents', 0);
