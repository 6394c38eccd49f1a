"""The engines checked against each other: generated traces of requests have the same answers on ours, ministack, moto
and, where there are credentials, a table of AWS."""
